"""How many mails one mailbox gets from us in a time, whatever asks for them. What is over is held for a person."""

import unicodedata
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.locks import lock_names
from notifications.models import Message

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Other names of the same mailboxes, and the providers for which a dot in a name means nothing.
_SAME = {
    "googlemail.com": "gmail.com",
    "mac.com": "icloud.com",
    "me.com": "icloud.com",
    "pm.me": "proton.me",
    "protonmail.com": "proton.me",
}
_WITHOUT_DOTS = ("gmail.com", "proton.me")


def mailbox_of(email: str) -> str:
    """The mailbox behind an address: `J.Doe+bag14@GoogleMail.com` is `jdoe@gmail.com`. Only for counting."""
    local, _, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    # A name that no server can have is counted as it stands.
    with suppress(UnicodeError):
        domain = domain.rstrip(".").encode("idna").decode("ascii")
    domain = _SAME.get(domain, domain)
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = local[1:-1].replace("\\", "")
    local = local.partition("+")[0] or local
    if domain in _WITHOUT_DOTS:
        local = local.replace(".", "")
    return f"{local}@{domain}"


def address_key(email: str) -> str:
    """The key by which a mailbox is counted: keyed, so that it holds nothing personal."""
    return salted_hmac("notifications.mailbox", mailbox_of(email), algorithm="sha256").hexdigest()


def lock_mailbox(key: str) -> None:
    """Lock a mailbox until the transaction ends: of two mails at once, only one takes the last place."""
    lock_names("mailbox", key)


def why_held(key: str) -> str:
    """Why one more mail to this mailbox has to wait for a person; empty while there is room. It is locked already."""
    now = timezone.now()
    counts = (
        Message.objects.filter(address_key=key, created_at__gt=now - DAY)
        .exclude(state=Message.State.HELD)
        .aggregate(in_day=Count("pk"), in_hour=Count("pk", filter=Q(created_at__gt=now - HOUR)))
    )
    if counts["in_day"] >= settings.MAILS_PER_ADDRESS_PER_DAY:
        return Message.Hold.MANY_IN_DAY
    if counts["in_hour"] >= settings.MAILS_PER_ADDRESS_PER_HOUR:
        return Message.Hold.MANY_IN_HOUR
    return ""

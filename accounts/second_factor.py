"""The second factor: a code from a phone, and recovery codes in case the phone is lost.

A user without one sets it up at the first sign-in. A lead takes it away when the user has lost both phone and codes.
"""

from base64 import b32encode

from django.db import transaction
from django_otp import match_token
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from core.qr_code import qr_code_svg
from core.refusals import Problem, Refusal
from core.text import ascii_digits

RECOVERY_CODES = 10
RECOVERY = "recovery"
PHONE = "phone"


def plain_code(typed: str) -> str:
    """A code as it is compared: digits of any script become 0 to 9, blanks are removed."""
    return "".join(ascii_digits(typed).split()).lower()


def match_code(user: User, typed: str, *, known_browser: bool) -> Device | None:
    """The phone or recovery codes that this code belongs to. It is used up.

    Wrong codes make a device refuse every code for ever longer. A stranger who knows the password could so lock the
    owner out; the tries of a known browser are bounded by its own count (decision 56), so there the wait is lifted.
    """
    if known_browser:
        for model in (TOTPDevice, StaticDevice):
            waiting = model.objects.filter(user=user, throttling_failure_count__gt=0)
            waiting.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    return match_token(user, plain_code(typed))


def phone_of(user: User) -> TOTPDevice | None:
    """The user's confirmed phone, if there is one."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("-pk").first()


def begin_enrolment(user: User, begun: int | None) -> TOTPDevice:
    """An unconfirmed phone: the one that this session has begun, so that a page loaded again shows the same code.

    `begun` is its number, None where the session has begun none. What another session has begun is void then: who knew
    the password before may have seen its secret.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        unconfirmed = TOTPDevice.objects.filter(user=user, confirmed=False)
        ours = unconfirmed.filter(pk=begun).first()
        if ours is not None:
            return ours
        unconfirmed.delete()
        return TOTPDevice.objects.create(user=user, name=PHONE, confirmed=False)


def finish_enrolment(user: User, begun: int | None, code: str) -> tuple[TOTPDevice, list[str]]:
    """Confirm the phone that this session has begun. It replaces an older one, and the user gets new recovery codes.

    Raises Refusal `wrong_code`.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        phone = TOTPDevice.objects.filter(user=user, confirmed=False, pk=begun).first()
        # The device counts failed tries, so they must not be rolled back: refuse outside the transaction.
        proved = phone is not None and phone.verify_token(plain_code(code))
        if proved and phone is not None:
            TOTPDevice.objects.filter(user=user).exclude(pk=phone.pk).delete()
            TOTPDevice.objects.filter(pk=phone.pk).update(confirmed=True)
            phone.confirmed = True
            codes = new_recovery_codes(user)
    if not proved or phone is None:
        detail = "This code is not right. Wait for the next one on the phone, and type that."
        raise Refusal("wrong_code", problems=[Problem("/code", "wrong_code", detail)])
    return phone, codes


def new_recovery_codes(user: User) -> list[str]:
    """Ten new codes, each good for one use. The earlier codes become void."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name=RECOVERY)
        codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return codes


def recovery_codes_left(user: User) -> int:
    count: int = StaticToken.objects.filter(device__user=user).count()
    return count


def take_away(user: User) -> None:
    """Make phone and recovery codes void. A user who signed in with them must set up a new phone."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()


def secret_in_groups(device: TOTPDevice) -> str:
    """The secret in groups of characters, to type into an app that cannot scan."""
    secret = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def code_to_scan(device: TOTPDevice) -> str:
    """The QR code as SVG, black on white in every colour scheme."""
    return qr_code_svg(device.config_url)

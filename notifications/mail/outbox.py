"""The outbox: one row for each mail, rendered when it is requested, sent by a job.

Between a mail server's acceptance and our record lies the one gap of the system: a mail interrupted there is sent
again, with the same Message-ID, so that the reader's mail program shows it once.
"""

import smtplib
import uuid
from collections.abc import Collection
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from anymail.exceptions import AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from core.failures import TryLater, error_place
from core.jobs import Claim, recording, request_job
from core.mail_addresses import UnusableAddress, sendable_address
from notifications.mail import mailbox, server
from notifications.mail.bounds import address_key, lock_mailbox, why_held
from notifications.models import Message


def queue_message(
    *,
    reference: str,
    key: str,
    kind: str,
    language: str,
    to_email: str,
    subject: str,
    body: str,
    html_body: str = "",
    by_person: bool = False,
) -> Message:
    """Put a mail into the outbox, in the caller's transaction. A second call with the same key changes nothing.

    A mail over what one mailbox gets in a time is held, unless a person of ours asked for it. All mails of a reference
    form one thread under its first mail.
    """
    mailbox_key = address_key(to_email)
    lock_mailbox(mailbox_key)
    hold = "" if by_person else why_held(mailbox_key)
    first = (
        Message.objects.filter(reference=reference)
        .order_by("pk")
        .values_list("message_id", flat=True)
        .first()
    )
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "reference": reference,
            "kind": kind,
            "language": language,
            "to_email": to_email,
            "address_key": mailbox_key,
            "state": Message.State.HELD if hold else Message.State.QUEUED,
            "hold_reason": hold,
            "subject": " ".join(subject.split())[:300],
            "body": body,
            "html_body": html_body,
            "message_id": _new_message_id(),
            "in_reply_to": first or "",
            "created_at": timezone.now(),
        },
    )
    if created and message.state == Message.State.QUEUED:
        request_job("send_message", message.pk)
    return message


def wrote_lately(*, kind: str, to_email: str, within: timedelta) -> bool:
    """Whether this mailbox has a mail of this kind that is younger. It stays locked until the transaction ends."""
    key = address_key(to_email)
    lock_mailbox(key)
    since = timezone.now() - within
    return Message.objects.filter(address_key=key, kind=kind, created_at__gt=since).exists()


def release_message(message: Message, *, to_email: str) -> bool:
    """Send a held mail after all, as a person decided. Returns False where it was not held any more."""
    held = Message.objects.filter(pk=message.pk, state=Message.State.HELD)
    if not held.update(
        state=Message.State.QUEUED, hold_reason="", to_email=to_email, address_key=address_key(to_email)
    ):
        return False
    request_job("send_message", message.pk)
    return True


def repeat_message(message: Message, *, to_email: str) -> Message:
    """Put the same text into the outbox again, as a mail of its own in the same thread: a person asked for it."""
    times = Message.objects.filter(
        reference=message.reference, key__startswith=f"{message.key}:again:"
    ).count()
    return queue_message(
        reference=message.reference,
        key=f"{message.key}:again:{times + 1}",
        kind=message.kind,
        language=message.language,
        to_email=to_email,
        subject=message.subject,
        body=message.body,
        html_body=message.html_body,
        by_person=True,
    )


def send_message(claim: Claim) -> None:
    """Send the mail of one row.

    1. Read it. If it was erased, sent or given up, there is nothing to do.
    2. Note the try.
    3. Talk to the mail server, holding no lock, and record its answer.
    4. If the mail was erased meanwhile, delete its file, whatever this try's result was.
    """
    message = Message.objects.filter(pk=int(claim.subject)).first()
    if message is None or message.state not in (Message.State.QUEUED, Message.State.SENDING):
        with recording(claim):
            return
    row = Message.objects.filter(pk=message.pk)
    row.update(state=Message.State.SENDING, tries=F("tries") + 1)
    try:
        _hand_over(claim, message, row)
    finally:
        if not row.exists():
            mailbox.forget([message.message_id])


def _hand_over(claim: Claim, message: Message, row: QuerySet[Message]) -> None:
    try:
        to_email = sendable_address(message.to_email)
    except UnusableAddress:
        # Kept by an older version: no server can be named by it, and trying again would not change that.
        with recording(claim):
            row.update(
                state=Message.State.BOUNCED, last_error="no mail can be sent to an address of this form"
            )
        return
    mail = _mail(message)
    mail.to = [to_email]
    try:
        server.hand_over(mail)
    except Exception as error:
        if refused := _refused_for_good(error):
            # The address does not exist, or its server refuses this mail: trying again would not change that.
            with recording(claim):
                row.update(state=Message.State.BOUNCED, last_error=f"refused: {refused}")
            return
        row.update(state=Message.State.QUEUED, last_error=_what_happened(error))
        if isinstance(error, server.PASSING):
            raise TryLater from error
        raise
    # A provider has its own id for the mail and names it when it reports a bounce.
    provider_id = getattr(getattr(mail, "anymail_status", None), "message_id", None)
    with recording(claim):
        row.update(
            state=Message.State.SENT,
            sent_at=timezone.now(),
            last_error="",
            provider_id="" if provider_id is None else str(provider_id)[:200],
        )


def set_message_aside(subject: str) -> None:
    """The job of this mail failed for good: so did the mail."""
    unsent = Message.objects.filter(pk=int(subject), state__in=[Message.State.QUEUED, Message.State.SENDING])
    unsent.update(state=Message.State.FAILED)


def reopen_message(subject: str) -> None:
    """A person wants a mail tried again that failed or bounced."""
    lost = Message.objects.filter(pk=int(subject), state__in=[Message.State.FAILED, Message.State.BOUNCED])
    lost.update(state=Message.State.QUEUED)


def _refused_for_good(error: Exception) -> str:
    """The codes of an answer that a second try would not change, or nothing."""
    codes = _codes(error)
    if isinstance(error, AnymailRecipientsRefused):
        return "by the provider"
    # A problem with the sender hits all mails until a person corrects it, so waiting is worth it.
    permanent = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return str(codes) if permanent and codes and all(500 <= code < 600 for code in codes) else ""


def _codes(error: Exception) -> list[int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _what_happened(error: Exception) -> str:
    """The error for staff. Never the server's words, which may quote the address."""
    if isinstance(error, server.LeftAlone):
        return "the mail server was silent just now, and is left alone for a moment"
    codes = _codes(error)
    return f"not taken for now: {codes}" if codes else error_place(error)[:200]


def forget_files(references: Collection[str]) -> None:
    """Delete the files that the embedded mailbox has of these references' mails, before their rows are deleted.

    The files are deleted again on commit: until then, a sender that does not see the deletion may write one.
    """
    messages = Message.objects.filter(reference__in=references)
    files = list(messages.values_list("message_id", flat=True))
    mailbox.forget(files)
    transaction.on_commit(partial(mailbox.forget, files))


def forget_strays() -> int:
    """Delete the files of the embedded mailbox whose mails no longer exist. Returns how many there were.

    A worker leaves such a file when it is killed after writing it and before checking whether its mail was erased. A
    file is only written for a mail that has a row. So listing the files before the rows never deletes a wanted one.
    """
    strays = set(mailbox.written())
    if strays:
        for message_id in Message.objects.values_list("message_id", flat=True).iterator(chunk_size=5_000):
            strays.discard(mailbox.name_of(message_id))
    mailbox.forget(strays)
    return len(strays)


def _mail(message: Message) -> EmailMultiAlternatives:
    headers = {
        "Message-ID": message.message_id,
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
    }
    if message.in_reply_to:
        headers["In-Reply-To"] = headers["References"] = message.in_reply_to
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.body,
        to=[message.to_email],
        reply_to=[settings.REPLY_TO_EMAIL],
        headers=headers,
    )
    # Only providers read it, and they send it back with their reports about the mail.
    mail.metadata = {"message": str(message.pk)}  # type: ignore[attr-defined]
    if message.html_body:
        mail.attach_alternative(message.html_body, "text/html")
    return mail


def _new_message_id() -> str:
    return f"<{uuid.uuid4().hex}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}>"

"""Stores mails where there is no mail server: one .eml file each under `VAR/mail`, named by its Message-ID.

So a mail that is sent twice is one file, and erasing can find it.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage

#: Files of other names are not ours to delete.
_NAME = re.compile(r"[0-9a-f]{32}")


class MailboxBackend(BaseEmailBackend):
    """Django's mail backend for the embedded mode."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAILBOX_DIR)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for email in email_messages:
            content = email.message()
            path = _path(str(content["Message-ID"]))
            partial = path.with_suffix(".part")
            partial.write_bytes(content.as_bytes())
            partial.replace(path)
        return len(email_messages)


def forget(message_ids: Iterable[str]) -> None:
    """Delete the files of these mails, if there are any."""
    for message_id in message_ids:
        _path(message_id).unlink(missing_ok=True)
        _path(message_id).with_suffix(".part").unlink(missing_ok=True)


def written() -> frozenset[str]:
    """The names of the mails in the folder, finished or not: the part of a Message-ID before the @."""
    folder = Path(settings.MAILBOX_DIR)
    ours = (path for path in folder.iterdir() if path.suffix in (".eml", ".part")) if folder.is_dir() else ()
    return frozenset(path.stem for path in ours if _NAME.fullmatch(path.stem))


def name_of(message_id: str) -> str:
    """The file name of a mail, without its suffix."""
    return _path(message_id).stem


def _path(message_id: str) -> Path:
    return Path(settings.MAILBOX_DIR) / f"{re.sub(r'[^A-Za-z0-9.-]', '', message_id.partition('@')[0])}.eml"

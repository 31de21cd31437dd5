"""Who signed in, or tried to: one line each in the log, with the user name and the place it came from.

Never a password or a code. The place is the caller's address, or its network, as limits count it (core.callers).
"""

import logging

from django.http import HttpRequest

from core.callers import client_address

log = logging.getLogger("bag14.security")


def note(request: HttpRequest, event: str, user: str) -> None:
    """A step that was passed."""
    log.info("%s: user %r from %s", event, user, client_address(request))


def note_refusal(request: HttpRequest, event: str, user: str) -> None:
    """A step that was not passed."""
    log.warning("%s: user %r from %s", event, user, client_address(request))

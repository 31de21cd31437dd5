"""Who is signed in: a member of staff who has passed every step of sign-in."""

import time
from typing import TypeGuard

from django.conf import settings
from django.http import HttpRequest

from accounts.models import User

# Between the password and the code, the session remembers the user for this long.
PENDING = "second_factor"
PENDING_SECONDS = 10 * 60


def is_signed_in(user: object) -> TypeGuard[User]:
    """Whether this is a member of staff who has passed every step of sign-in."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return not settings.STAFF_MFA or bool(user.is_verified())  # type: ignore[attr-defined]


def remember_pending(request: HttpRequest, user: User) -> None:
    """Remember for a limited time that this user gave the right password and still has to give a code."""
    request.session.cycle_key()
    request.session[PENDING] = {"user": user.pk, "until": time.time() + PENDING_SECONDS}


def pending_user(request: HttpRequest) -> User | None:
    """The user who has given the password but no code yet."""
    pending = request.session.get(PENDING)
    if not pending or pending["until"] < time.time():
        return None
    return User.objects.filter(pk=pending["user"], is_active=True).first()

"""Who is signed in: a member of staff who has passed every step of sign-in."""

import time
from typing import TypeGuard

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

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
    request.session[PENDING] = {
        "user": user.pk,
        "until": time.time() + PENDING_SECONDS,
        "password": user.get_session_auth_hash(),
    }


def pending_user(request: HttpRequest) -> User | None:
    """The user who has given the password but no code yet. A new password ends this as it ends sessions."""
    pending = request.session.get(PENDING)
    if not pending or pending["until"] < time.time():
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    if user is None or not constant_time_compare(pending.get("password", ""), user.get_session_auth_hash()):
        return None
    return user

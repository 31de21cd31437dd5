"""Who may call what: one tiny class for each kind of caller."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey, Role, User
from core.api.security_schemes import ANYONE, STAFF, Security
from core.callers import client_address
from core.refusals import Refusal

#: The roles that no limit and no throttle holds up: a person of ours answers for these; no other is exempt.
EXEMPT_ROLES = (Role.SERVICE, Role.LEAD)


def key_of(request: Any) -> ApiKey | None:
    """The API key a request was made with, if any."""
    auth = getattr(request, "auth", None)
    return auth if isinstance(auth, ApiKey) else None


def user_of(request: Any) -> User | None:
    """The member of staff behind a request, if any: signed in, or named by the API key."""
    user = request.user
    return user if isinstance(user, User) and user.is_active else None


def role_of(request: Any) -> str:
    """The role in which a request acts: the API key's, else the signed-in member of staff's; empty for other callers.

    Where staff need a second factor, a session has no role until it has shown one.
    """
    key = key_of(request)
    if key is not None:
        return key.role
    user = user_of(request)
    if user is None:
        return ""
    is_verified = getattr(user, "is_verified", None)
    if settings.STAFF_MFA and (is_verified is None or not is_verified()):
        return ""
    return user.role


def is_exempt(request: Any) -> bool:
    """Whether limits and throttles do not hold for this caller, by its key's role or as signed-in staff."""
    return role_of(request) in EXEMPT_ROLES


def caller_of(request: Any) -> str:
    """The caller that limits count and that owns an Idempotency-Key: a key, a member of staff, or an address."""
    key = key_of(request)
    if key is not None:
        return f"key:{key.pk}"
    user = user_of(request)
    if user is not None:
        return f"user:{user.pk}"
    return f"address:{client_address(request)}"


def network_of(request: Any) -> str:
    """The network whose orders in a day are bounded: the address of a caller without a key; empty for the others."""
    if key_of(request) is not None or is_exempt(request):
        return ""
    return f"address:{client_address(request)}"


class ApiPermission(BasePermission):
    """A permission that also says who the callers are: the OpenAPI document takes `security` and `words` from it."""

    security: ClassVar[Security] = STAFF

    @classmethod
    def words(cls) -> str:
        """A sentence."""
        raise NotImplementedError


class Anyone(ApiPermission):
    """Every caller. A view that has it stands in the list of tests/api/test_closed.py, with the reason."""

    security = ANYONE

    @classmethod
    def words(cls) -> str:
        return "Open to anyone."


class MayPlace(ApiPermission):
    """Every caller may ask for parts, but those who judge the packing: what they asked for would count as a report."""

    security = ANYONE

    @classmethod
    def words(cls) -> str:
        return f"Open to anyone but {named_roles((Role.QUALITY,))}."

    def has_permission(self, request: Request, view: Any) -> bool:
        refuse_placing_by_quality(request)
        return True


def refuse_placing_by_quality(request: Any) -> None:
    """Raises Refusal 403 `permission_denied` for the role quality, which may ask for nothing in any way."""
    if role_of(request) == Role.QUALITY:
        detail = _("The role quality may not place orders. Use a key of another role, or none.")
        raise Refusal("permission_denied", detail, status=403)


class IsStaffMember(ApiPermission):
    """Any role. The default: an endpoint is closed to strangers unless it opens itself."""

    @classmethod
    def words(cls) -> str:
        return "For every role."

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(role_of(request))


class HasRole(ApiPermission):
    """One role, and the lead, who may do all."""

    roles: ClassVar[tuple[Role, ...]]

    @classmethod
    def words(cls) -> str:
        return f"For {named_roles(cls.roles)}."

    def has_permission(self, request: Request, view: Any) -> bool:
        return role_of(request) in self.roles


class IsService(HasRole):
    roles = (Role.SERVICE, Role.LEAD)


class IsWarehouse(HasRole):
    roles = (Role.WAREHOUSE, Role.LEAD)


class IsQuality(HasRole):
    roles = (Role.QUALITY, Role.LEAD)


class IsLead(HasRole):
    roles = (Role.LEAD,)


def named_roles(roles: Sequence[Role]) -> str:
    """The roles, for a sentence: `the role lead`, `the roles service, warehouse and lead`."""
    *first, last = [role.value for role in roles]
    return f"the roles {', '.join(first)} and {last}" if first else f"the role {last}"

"""Who may call what: tiny classes, joined with `&`, `|` and `~`."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey, Role, User


def role_of(request: Any) -> str:
    """The role a request acts in: the API key's, else the signed-in member of staff's; empty for anybody else."""
    auth = getattr(request, "auth", None)
    if isinstance(auth, ApiKey):
        return auth.role
    user = request.user
    return user.role if isinstance(user, User) and user.is_active else ""


class IsStaffMember(BasePermission):
    """Any role at all. The default: an endpoint is closed to strangers unless it opens itself."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(role_of(request))


class _HasRole(BasePermission):
    role: str

    def has_permission(self, request: Request, view: Any) -> bool:
        return role_of(request) in (self.role, Role.LEAD)


class IsService(_HasRole):
    role = Role.SERVICE


class IsWarehouse(_HasRole):
    role = Role.WAREHOUSE


class IsQuality(_HasRole):
    role = Role.QUALITY

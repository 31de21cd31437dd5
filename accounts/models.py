"""Staff with a role, and the keys of programs."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.scopes import kept_scopes


class Role(models.TextChoices):
    """What a member of staff, or a program that works for staff, may do. A lead may do everything."""

    SERVICE = "service", "Service"
    WAREHOUSE = "warehouse", "Warehouse"
    QUALITY = "quality", "Quality"
    LEAD = "lead", "Lead"


class User(AbstractUser):
    """A member of staff. Customers have no account."""

    role = models.CharField(max_length=10, choices=Role.choices, blank=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(role__in=["", *Role.values]), name="user_role_known"),
        ]

    def has_role(self, *roles: str) -> bool:
        """Whether this user may do what any of these roles may do. A lead always may."""
        return self.is_active and (self.role in roles or self.role == Role.LEAD)

    def may_act_as(self, role: str) -> bool:
        """Whether a key in this user's name may have this role: it must not outlive the user's own."""
        return self.is_active and (not role or self.has_role(role))


class ApiKey(models.Model):
    """A program's key: `b14_<prefix>_<secret>`. It is shown once; only its hash is kept.

    A key with a role may do what staff of that role may do. A key without one belongs to a client, and sees the orders
    it placed. `scopes` restrict the key further (accounts.scopes). The two limits, where set, replace those of the
    settings, also for a key with a role. A secret of 256 random bits needs no slow hash.
    """

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    secret_hash = models.CharField(max_length=64)
    role = models.CharField(max_length=10, choices=Role.choices, blank=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="api_keys")
    scopes = models.CharField(max_length=200, blank=True)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True)
    orders_per_hour = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=["", *Role.values]), name="api_key_role_known"),
            models.CheckConstraint(
                condition=Q(requests_per_minute=None) | Q(requests_per_minute__gt=0),
                name="api_key_may_ask_at_least_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    def is_usable(self, now: datetime | None = None) -> bool:
        now = now or timezone.now()
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    def has_scope(self, scope: str) -> bool:
        """Whether the key's scopes allow this one; a key without scopes has them all."""
        return not self.scopes or scope in self.scopes.split()


def new_api_key() -> str:
    """A new key. It opens nothing until it is stored."""
    return f"b14_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"


def issue_api_key(
    *, name: str, role: str = "", user: User | None = None, scopes: Iterable[str] = (), **more: Any
) -> tuple[ApiKey, str]:
    """Make a key; the second value is the key itself, which cannot be read again.

    `more`: `expires_at`, `requests_per_minute`, `orders_per_hour`. Raises ValueError for an unknown scope.
    """
    key = new_api_key()
    return restore_api_key(key, name=name, role=role, user=user, scopes=kept_scopes(scopes), **more), key


def restore_api_key(key: str, *, name: str, role: str = "", user: User | None = None, **more: Any) -> ApiKey:
    """Store a key made by `new_api_key`: its prefix, and the hash of its secret."""
    _, prefix, secret = key.split("_", 2)
    return ApiKey.objects.create(
        name=name, prefix=prefix, secret_hash=_hash(secret), role=role, user=user, **more
    )


def find_api_key(key: str) -> ApiKey | None:
    """The usable key that a caller sends, or None."""
    head, _, rest = key.partition("_")
    prefix, _, secret = rest.partition("_")
    if head != "b14" or not secret or len(key) > 200:
        return None
    row = ApiKey.objects.select_related("user").filter(prefix=prefix).first()
    if row is None or not secrets.compare_digest(row.secret_hash, _hash(secret)) or not row.is_usable():
        return None
    if row.user is not None and not row.user.may_act_as(row.role):
        return None
    return row


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

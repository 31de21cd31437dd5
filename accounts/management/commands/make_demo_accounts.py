"""`manage.py make_demo_accounts`: one account for each role, to try every desk of the demo."""

import json
import os
import secrets
from base64 import b32decode, b32encode
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import ApiKey, Role, User, new_api_key, restore_api_key

DEVICE_NAME = "demo"


class Command(BaseCommand):
    help = "Make the demo accounts that VAR/demo-accounts.json names, and the file itself on first use."

    def handle(self, *args: Any, **options: Any) -> None:
        """The file decides: the command makes the accounts it names that are missing. A second run changes nothing."""
        if settings.PRODUCTION:
            raise CommandError(
                "Demo accounts keep their passwords in a file, so they are never made in production."
            )
        path = Path(settings.VAR) / "demo-accounts.json"
        accounts = _read(path) if path.exists() else _write(path)
        with transaction.atomic():
            for role in Role.values:
                _make(role, accounts[role])


def _write(path: Path) -> dict[str, dict[str, str]]:
    """Write new secrets to a file that only its owner can read. It appears whole or not at all."""
    accounts = {
        role: {
            "username": str(role),
            "password": secrets.token_urlsafe(12),
            "totp_secret": b32encode(secrets.token_bytes(20)).decode(),
            "api_key": new_api_key(),
        }
        for role in Role.values
    }
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(accounts, file, indent=2)
        file.write("\n")
    unfinished.rename(path)
    return accounts


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        accounts: dict[str, dict[str, str]] = json.loads(path.read_text())
        for role in Role.values:
            for name in ("username", "password", "totp_secret", "api_key"):
                if not isinstance(accounts[role][name], str):
                    raise TypeError(name)
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} cannot be read ({error}). Delete it to get new accounts.") from error
    return accounts


def _make(role: str, account: dict[str, str]) -> None:
    """Make the account, second factor and API key that the file has. An existing account gets the file's password."""
    is_lead = role == Role.LEAD
    user, _ = User.objects.update_or_create(
        username=account["username"],
        defaults={"role": role, "is_staff": is_lead, "is_superuser": is_lead, "is_active": True},
    )
    if not user.check_password(account["password"]):
        user.set_password(account["password"])
        user.save(update_fields=["password"])
    TOTPDevice.objects.get_or_create(
        user=user,
        key=b32decode(account["totp_secret"]).hex(),
        defaults={"name": DEVICE_NAME, "confirmed": True},
    )
    if not ApiKey.objects.filter(user=user, prefix=account["api_key"].split("_")[1]).exists():
        restore_api_key(account["api_key"], name=f"demo, {role}", role=role, user=user)

"""`manage.py api_keys`: issue, list and revoke the API keys of programs."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import ApiKey, Role, User, issue_api_key
from accounts.scopes import SCOPES


class Command(BaseCommand):
    help = "Issue, list and revoke the API keys of programs. A key is shown once, when it is issued."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        issue = actions.add_parser("issue", help="make a key and print it")
        issue.add_argument("name", help="whose key it is, such as 'Toy shop, help desk'")
        issue.add_argument(
            "--role",
            choices=Role.values,
            default="",
            help="without one, the key sees only the orders it placed",
        )
        issue.add_argument("--user", default="", help="the member of staff it stands for")
        issue.add_argument("--days", type=int, help="how many days the key works; without it, for ever")
        issue.add_argument(
            "--scopes",
            default="",
            help=f"what the key may do, with commas; without any, all that its role allows: {', '.join(SCOPES)}",
        )
        issue.add_argument("--requests-per-minute", type=int, help="instead of REQUESTS_PER_MINUTE")
        issue.add_argument("--orders-per-hour", type=int, help="instead of KEY_ORDERS_PER_HOUR")
        actions.add_parser("list", help="all keys, by prefix")
        revoke = actions.add_parser("revoke", help="make a key useless at once")
        revoke.add_argument("prefix", help="the part after b14_, as the list shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['action']}")(**options)

    def _issue(
        self, *, name: str, role: str, user: str, days: int | None, scopes: str, **options: Any
    ) -> None:
        if not 0 < len(name) <= 80:
            raise CommandError("Give a name of at most 80 characters.")
        staff = User.objects.filter(username=user).first() if user else None
        if user and staff is None:
            raise CommandError(f"There is no user {user}.")
        if staff is not None and not staff.may_act_as(role):
            raise CommandError(f"{user} has not the role {role}: a key in this name would open nothing.")
        limits = {limit: options[limit] for limit in ("requests_per_minute", "orders_per_hour")}
        if any(limit is not None and not 0 < limit < 2**31 for limit in limits.values()):
            raise CommandError("Give a limit of at least 1.")
        try:
            _row, key = issue_api_key(
                name=name,
                role=role,
                user=staff,
                scopes=[scope.strip() for scope in scopes.split(",") if scope.strip()],
                expires_at=None if days is None else timezone.now() + timedelta(days=days),
                **limits,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(key)

    def _list(self, **_: Any) -> None:
        for row in ApiKey.objects.order_by("pk"):
            state = "good" if row.is_usable() else "revoked" if row.revoked_at else "expired"
            used = f"{row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
            self.stdout.write(f"{row.prefix}  {state:8} {row.role or '-':10} {used:17} {row.name}")
            if row.scopes:
                self.stdout.write(f"          only {row.scopes}")

    def _revoke(self, *, prefix: str, **_: Any) -> None:
        wanted = ApiKey.objects.filter(prefix=prefix.removeprefix("b14_"), revoked_at=None)
        if not wanted.update(revoked_at=timezone.now()):
            raise CommandError(f"There is no key {prefix} to revoke.")
        self.stdout.write(f"{prefix} is revoked.")

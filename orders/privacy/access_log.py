"""Who of the staff saw whose personal data: written here, read by the lead. Customers' own access is not written."""

from collections.abc import Iterable

from django.utils import timezone

from accounts.models import ApiKey, User
from accounts.permissions import key_of, role_of, user_of
from orders.models import Access


def note_access(
    kind: str, order_ids: Iterable[int | None], *, user: User | None = None, key: ApiKey | None = None
) -> None:
    """Note that a user, or a key, saw personal data of these orders; None for a list about several.

    One statement. What was noted within this minute is not noted again.
    """
    actor = f"key:{key.pk}" if key is not None else f"user:{user.pk}" if user is not None else ""
    minute = timezone.now().replace(second=0, microsecond=0)
    Access.objects.bulk_create(
        [
            Access(at=minute, actor=actor, user=user, key=key, order_id=order_id, kind=kind)
            for order_id in dict.fromkeys(order_ids)
        ],
        ignore_conflicts=True,
    )


def note_api_access(request: object, kind: str, order_ids: Iterable[int | None]) -> None:
    """The same for a REST request, if it acts in a role of the staff."""
    if role_of(request):
        key = key_of(request)
        note_access(kind, order_ids, user=user_of(request), key=key)

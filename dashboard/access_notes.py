"""Notes that a member of staff sees personal data on a page: whose, and of what kind, for the access log."""

from collections.abc import Iterable

from dashboard.access import StaffRequest
from orders.models import Access, Order
from orders.privacy.access_log import note_access

Kind = Access.Kind


def note_seen(request: StaffRequest, kind: str, order: Order) -> None:
    """Note that this user sees data of this order."""
    note_access(kind, [order.pk], user=request.user)


def note_seen_all(request: StaffRequest, kind: str, order_ids: Iterable[int | None]) -> None:
    """The same for several orders; None for a list."""
    note_access(kind, order_ids, user=request.user)

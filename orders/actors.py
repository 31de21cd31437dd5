"""Who acts on an order, as its events record it."""

from dataclasses import dataclass

from accounts.models import User
from orders.models import Event


@dataclass(frozen=True, slots=True)
class Actor:
    """The customer, a member of staff, or the system itself."""

    by: str
    user: User | None = None


CUSTOMER = Actor(Event.By.CUSTOMER)
SYSTEM = Actor(Event.By.SYSTEM)


def staff(user: User | None) -> Actor:
    """A member of staff, or a staff program, which acts for no person."""
    return Actor(Event.By.STAFF, user)

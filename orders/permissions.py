"""Who may do what with an order: the one place where it is decided for the API.

    read, change, cancel, follow up   the holder of its token; the API key that placed it; service, warehouse, lead
    letter, token                     the holder of its token; the API key that placed it; service, lead
    ask for more, follow up           never the role quality, whatever it holds
    list                              service, warehouse, lead: all orders; any other API key: those it placed

To any other caller an order does not exist, whatever its number.
"""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import get_authorization_header
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from accounts.models import ApiKey, Role
from accounts.permissions import (
    ApiPermission,
    caller_of,
    key_of,
    named_roles,
    refuse_placing_by_quality,
    role_of,
    user_of,
)
from core.api.security_schemes import ORDER
from core.refusals import NotFound, Refusal
from orders.actors import CUSTOMER, Actor, staff
from orders.links import LinkEnded, has_link_ended, is_token_of
from orders.models import Order

READERS = (Role.SERVICE, Role.WAREHOUSE, Role.LEAD)
LETTER_READERS = (Role.SERVICE, Role.LEAD)


class MayReadOrder(ApiPermission):
    """The order's own callers, and the roles that read all orders. Every caller may ask: the order decides."""

    security = ORDER
    roles: ClassVar[tuple[Role, ...]] = READERS

    @classmethod
    def words(cls) -> str:
        roles = named_roles(cls.roles)
        return f"For the holder of the order's token, the API key that placed the order, and {roles}."

    def has_object_permission(self, request: Request, view: Any, obj: Order) -> bool:
        """Raises NotFound, so that other callers do not learn that the order exists."""
        if not (role_of(request) in READERS or owns(request, obj)):
            raise no_such_order()
        return True


class MayAskForMore(MayReadOrder):
    """Those who may change the order, but the role quality, which may ask for nothing."""

    @classmethod
    def words(cls) -> str:
        return f"{super().words()} Not for {named_roles((Role.QUALITY,))}."

    def has_object_permission(self, request: Request, view: Any, obj: Order) -> bool:
        """Raises NotFound; Refusal 403 for the role quality."""
        super().has_object_permission(request, view, obj)
        refuse_placing_by_quality(request)
        return True


class MayReadLetter(MayReadOrder):
    """The order's own callers, and the roles that read letters."""

    roles = LETTER_READERS

    def has_object_permission(self, request: Request, view: Any, obj: Order) -> bool:
        """Raises NotFound; Refusal 403 for a caller that may read the order but not its letter."""
        super().has_object_permission(request, view, obj)
        if not may_have_token(request, obj):
            raise Refusal(
                "permission_denied", _("The letter is between the customer and service."), status=403
            )
        return True


class MayListOrders(ApiPermission):
    """Every caller may ask: `listed_orders` gives each the orders it may see, and refuses strangers."""

    @classmethod
    def words(cls) -> str:
        return f"For an API key the orders it placed; for {named_roles(READERS)} all orders."


def no_such_order() -> NotFound:
    """The answer for an order that does not exist, and for one that is not the caller's."""
    return NotFound(_("There is no such order, or you may not see it."))


def listed_orders(request: Request) -> QuerySet[Order]:
    """The orders this caller may list. Raises NotAuthenticated; Refusal 403 for a session without such a role."""
    if role_of(request) in READERS:
        return Order.objects.all()
    key = key_of(request)
    if key is not None:
        return Order.objects.filter(placed_by=key)
    if user_of(request) is None:
        raise NotAuthenticated
    raise Refusal("permission_denied", _("You may not list orders."), status=403)


def owns(request: Request, order: Order) -> bool:
    """Whether the caller shows the order's token, or the key that placed it. Raises LinkEnded for a token too old."""
    key = key_of(request)
    if key is not None and order.placed_by_id == key.pk:
        return True
    if not is_token_of(order, shown_token(request)):
        return False
    if has_link_ended(order):
        raise LinkEnded(order)
    return True


def may_have_token(request: Request, order: Order) -> bool:
    """Whether an answer to this caller may hold the order's token, as its letter does: it opens what is personal."""
    return role_of(request) in LETTER_READERS or owns(request, order)


def owning_key(request: Request, order: Order) -> ApiKey | None:
    """The API key that owns what follows this order. A role's key acts for us, and comes to own nothing by it."""
    return key_of(request) if owns(request, order) else None


def shown_token(request: Request) -> str:
    """The token in `Authorization: Order <token>`, else in `?token=`."""
    words = get_authorization_header(request).decode("latin-1").split()
    if len(words) == 2 and words[0].lower() == "order":
        return words[1]
    return request.query_params.get("token", "")


def callers_of_order(request: Request, order: Order) -> list[str]:
    """The owner of an Idempotency-Key about an order: the API key, the member of staff, or all who hold its token."""
    caller = caller_of(request)
    return [f"order:{order.pk}" if caller.startswith("address:") else caller]


def actor_of(request: Request) -> Actor:
    """The actor of an event: staff if the caller has a role, else the customer, or the program that acts for them."""
    return staff(user_of(request)) if role_of(request) else CUSTOMER

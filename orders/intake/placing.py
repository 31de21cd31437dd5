"""The one way in: web form, REST API and staff pages all place an order here."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import ApiKey
from core.codes import new_code
from core.jobs import request_jobs
from core.mail_addresses import usable_address
from orders import mails
from orders.actors import CUSTOMER, Actor
from orders.intake.limits import review_reasons
from orders.intake.order_request import OrderRequest
from orders.intake.validation import CheckedLine, check_request
from orders.lifecycle import record_event
from orders.locks import lock_household
from orders.models import Order, OrderContact, OrderLine
from orders.unlisted import placeholder_set

LANGUAGES = ("en", "es", "fa")
NUMBER_TRIES = 8


class Placed(NamedTuple):
    """An order that was just placed, with its lines as they were written."""

    order: Order
    lines: list[OrderLine]


def place_order(
    *,
    wanted: OrderRequest,
    channel: str,
    actor: Actor = CUSTOMER,
    placed_by: ApiKey | None = None,
    exempt_from_limits: bool = False,
    follows: Order | None = None,
    network: str = "",
) -> Placed:
    """Place an order.

    1. Check the request against the set's contents and the address rules; refuse with every problem at once.
    2. See whether a person has to review it first.
    3. Write order, contact, lines, event and jobs in one transaction; on commit the jobs are woken.

    Raises Refusal `invalid`.
    """
    checked = check_request(wanted)
    # No savepoint within a caller's transaction: no caller goes on after half an order.
    with transaction.atomic(savepoint=False):
        lock_household(checked.email_key, checked.address_key)
        reasons = review_reasons(
            checked, exempt=exempt_from_limits, follows=follows, network=network, spend=True
        )
        order = _create_order(
            set=checked.set or placeholder_set(),
            to_identify=checked.to_identify,
            state=Order.State.IN_REVIEW if reasons else Order.State.RECEIVED,
            language=read_language(wanted.customer.language),
            country=wanted.address.country.strip().upper(),
            box_code=wanted.box_code.strip(),
            channel=channel,
            review_reasons=reasons,
            placed_by=placed_by,
            follows=follows,
            created_at=timezone.now(),
        )
        _create_contact(order, wanted, checked.email_key, checked.address_key)
        lines = write_lines(order, checked.lines)
        record_event(order, "received", actor)
        if reasons:
            record_event(order, "in_review", actor, reasons=reasons)
            mails.queue_review_notice(order)
        else:
            request_order_jobs(order)
    return Placed(order, lines)


def write_lines(order: Order, lines: Sequence[CheckedLine], *, after: int = 0) -> list[OrderLine]:
    """Write checked lines to a locked or new order, in positions after that one."""
    return OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=order,
                position=position,
                bag=line.bag,
                bag_label=line.bag_label,
                piece=line.piece,
                quantity=line.quantity,
                reason=line.reason,
            )
            for position, line in enumerate(lines, start=after + 1)
        ]
    )


def preview_order(*, wanted: OrderRequest, network: str = "") -> list[str]:
    """What placing this request would lead to, with nothing written: the reasons for a review, or none.

    Raises Refusal `invalid`, as placing would.
    """
    return review_reasons(check_request(wanted), network=network)


def request_order_jobs(order: Order) -> None:
    """Request both jobs of an order: its fulfilment and its letter."""
    request_jobs([("fulfil_order", order.pk), ("write_letter", order.pk)])


def read_language(tag: str) -> str:
    """The language we write in for a language tag: `es-MX` is es, any language we do not write becomes en."""
    language = tag.replace("_", "-").partition("-")[0].strip().lower()
    return language if language in LANGUAGES else "en"


def _create_order(**fields: object) -> Order:
    """Create the order under a number that no order has yet."""
    for _try in range(NUMBER_TRIES):
        try:
            with transaction.atomic():
                return Order.objects.create(number=new_code("B14"), **fields)
        except IntegrityError as error:
            clash = error
    raise clash


def _create_contact(order: Order, wanted: OrderRequest, email_key: str, address_key: str) -> None:
    customer, address = wanted.customer, wanted.address
    OrderContact.objects.create(
        order=order,
        name=customer.name.strip(),
        email=usable_address(customer.email),
        line1=address.line1.strip(),
        line2=address.line2.strip(),
        city=address.city.strip(),
        region=address.region.strip(),
        postal_code=address.postal_code.strip(),
        country=address.country.strip().upper(),
        builder_name=wanted.builder.name.strip(),
        builder_age_band=wanted.builder.age_band,
        message=wanted.message.strip(),
        bought_at=wanted.bought_at.strip(),
        described_set=wanted.described_set.strip(),
        described=wanted.described.strip(),
        email_key=email_key,
        address_key=address_key,
    )

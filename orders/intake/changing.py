"""What a customer may still change until picking starts: where the parcel goes, and what else is missing.

Both are checked as placing checks them. An order over the limits goes to review, and its reserved stock is free again.
"""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.refusals import Problem, Refusal
from orders import mails
from orders.actors import Actor
from orders.floor.unpicking import free_lines
from orders.intake.cancelling import ENDED
from orders.intake.limits import is_over_limit, too_much, unknown_contents
from orders.intake.order_request import AddressRequest, LineRequest
from orders.intake.placing import request_order_jobs, write_lines
from orders.intake.validation import (
    check_more_lines,
    check_new_address,
    suspicious_address,
    suspicious_labels,
)
from orders.lifecycle import move_order, record_event
from orders.locks import lock_household, lock_lines, lock_order
from orders.models import Order, OrderContact, OrderLine, Shipment
from orders.web_addresses import REASON


def why_not_changeable(order: Order, shipments: Collection[Shipment]) -> Refusal | None:
    """The Refusal 409 where address and lines of an order can no longer be changed; None while they can."""
    if order.erased_at is not None:
        return Refusal("erased", _("This order is erased."), status=409)
    if order.state in ENDED:
        return Refusal("already_ended", _("This order has ended already."), status=409)
    if shipments:
        detail = _("Your parts are being picked already.")
        return Refusal(
            "picking_started", detail, problems=[Problem("", "picking_started", detail)], status=409
        )
    return None


def change_address(
    *, order_id: int, address: AddressRequest, actor: Actor, exempt_from_limits: bool = False
) -> Order:
    """Send an order somewhere else. The same address again changes nothing.

    1. Check the address by its country's rules.
    2. Lock the order, its lines and the household; refuse once picking has started.
    3. Save the address and mail the customer; where the new household has reached its limit, the order goes to review.

    Raises Refusal `invalid` with every problem at once, or 409 `picking_started`, `already_ended`, `erased`.
    """
    address_key = check_new_address(address)
    with transaction.atomic():
        order, lines, contact = _lock_unpicked(order_id)
        wanted = {
            "line1": address.line1.strip(),
            "line2": address.line2.strip(),
            "city": address.city.strip(),
            "region": address.region.strip(),
            "postal_code": address.postal_code.strip(),
            "country": address.country.strip().upper(),
        }
        if all(getattr(contact, name) == value for name, value in wanted.items()):
            return order
        is_new_household = address_key != contact.address_key
        lock_household(contact.email_key, address_key)
        OrderContact.objects.filter(order=order).update(**wanted, address_key=address_key)
        Order.objects.filter(pk=order.pk).update(country=wanted["country"])
        order.country = wanted["country"]
        # A person who found the link cannot change the address unnoticed. Once an hour: a program that changes it to
        # and fro fills neither the history, which every page of the order reads, nor a mailbox.
        if not order.events.filter(
            type="address_changed", at__gt=timezone.now() - timedelta(hours=1)
        ).exists():
            record_event(order, "address_changed", actor)
        mails.queue_mail(order, "address_changed", key=timezone.now().strftime("%Y%m%d%H"))
        over = is_new_household and is_over_limit(
            email_key=contact.email_key, address_key=address_key, beside=order
        )
        reasons = ["many_requests"] if over else []
        if suspicious_address(address):
            reasons.append(REASON)
        if reasons and not exempt_from_limits:
            _send_to_review(order, lines, reasons, actor)
    return order


def add_lines(
    *, order_id: int, lines: tuple[LineRequest, ...], actor: Actor, exempt_from_limits: bool = False
) -> Order:
    """Put more bags or pieces of the same set on an order.

    1. Lock the order and its lines; refuse once picking has started.
    2. Check the new lines beside the earlier ones; problems point to `/lines/<index>` of the new lines.
    3. Save them. Over the limits the whole order goes to review, else its jobs for stock and letter are requested.

    The event `lines_added` names their positions. Raises Refusal `invalid` with every problem at once, or 409
    `picking_started`, `already_ended`, `erased`.
    """
    with transaction.atomic():
        order, known, _contact = _lock_unpicked(order_id)
        still_asked = [line for line in known if line.found_at is None]
        checked = check_more_lines(
            order.set, lines, beside=still_asked, found_again=len(known) - len(still_asked)
        )
        last = max((line.position for line in known), default=0)
        added = write_lines(order, checked, after=last)
        record_event(order, "lines_added", actor, lines=[line.position for line in added])
        reasons = unknown_contents(checked)
        if not exempt_from_limits:
            reasons += too_much(order.set, [*still_asked, *added])
            reasons += [REASON] if suspicious_labels(checked) else []
        if reasons:
            _send_to_review(order, [*known, *added], reasons, actor)
        elif order.state != Order.State.IN_REVIEW:
            request_order_jobs(order)
    return order


def _lock_unpicked(order_id: int) -> tuple[Order, list[OrderLine], OrderContact]:
    """The order, its lines and its contact, locked. Raises Refusal where it is too late."""
    order = lock_order(order_id)
    lines = lock_lines([order.pk])
    refusal = why_not_changeable(order, order.shipments.all())
    if refusal is not None:
        raise refusal
    return order, lines, OrderContact.objects.get(order=order)


def _send_to_review(order: Order, lines: list[OrderLine], reasons: list[str], actor: Actor) -> None:
    """Send a locked order to review, with these reasons beside its earlier ones, and free its reserved stock."""
    order.review_reasons = list(dict.fromkeys([*order.review_reasons, *reasons]))
    Order.objects.filter(pk=order.pk).update(review_reasons=order.review_reasons)
    if order.state == Order.State.IN_REVIEW:
        return
    # The mail is written before free_lines locks the items: others wait for these.
    times = order.events.filter(type="in_review").count()
    mails.queue_review_notice(order, key=str(times + 1))
    free_lines(order, lines, actor)
    move_order(order, Order.State.IN_REVIEW, actor, reasons=reasons)

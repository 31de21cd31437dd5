"""A person's decision on a request that is out of the ordinary."""

from django.db import transaction

from core.refusals import Problem, Refusal
from orders import mails
from orders.actors import Actor
from orders.lifecycle import move_order
from orders.locks import lock_order
from orders.models import Order, OrderLine
from orders.placing import request_order_jobs

DECISIONS = ("approve", "decline")
MAX_NOTE = 1000


def review_order(*, order_id: int, decision: str, note: str = "", actor: Actor) -> Order:
    """Approve a request, which sets its two jobs going, or decline it with a mail.

    The note goes into the mail only: it may name people. Raises Refusal `invalid`, or 409 `not_in_review`,
    `bag_contents_unknown`, `described_only`.
    """
    problems = []
    if decision not in DECISIONS:
        problems.append(Problem("/decision", "unknown_decision", "Give approve or decline."))
    if len(note) > MAX_NOTE:
        problems.append(Problem("/note", "too_long", f"At most {MAX_NOTE} characters."))
    if problems:
        raise Refusal("invalid", problems=problems)
    with transaction.atomic():
        order = lock_order(order_id)
        if order.state != Order.State.IN_REVIEW:
            raise Refusal("not_in_review", "This order is not in review.", status=409)
        if decision == "decline":
            move_order(order, Order.State.DECLINED, actor)
            mails.queue_mail(order, "declined", note=note.strip())
            return order
        if order.to_identify:
            detail = "Find out first what the customer's words mean."
            raise Refusal("described_only", detail, status=409)
        _link_bags(order)
        move_order(order, Order.State.RECEIVED, actor, event="approved")
        mails.queue_mail(order, "approved")
        request_order_jobs(order)
    return order


def _link_bags(order: Order) -> None:
    """Bags that were entered since the customer asked; without their contents nothing could be packed."""
    unknown = []
    for line in order.lines.select_for_update().filter(piece=None).order_by("pk"):
        if line.bag is None:
            line.bag = order.set.bags.filter(label__iexact=line.bag_label, retired_at=None).first()
            line.save(update_fields=["bag"])
        if line.bag is None or not (line.bag.contents.exists() or _is_packed_somewhere(line)):
            unknown.append(line.bag_label)
    if unknown:
        detail = f"Enter the pieces of bag {', '.join(unknown)} first."
        raise Refusal("bag_contents_unknown", detail, status=409)


def _is_packed_somewhere(line: OrderLine) -> bool:
    bag = line.bag
    return (
        bag is not None
        and hasattr(bag, "stock_item")
        and bag.stock_item.levels.filter(on_hand__gt=0).exists()
    )

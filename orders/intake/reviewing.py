"""A person's decision on a request in review."""

from collections.abc import Mapping

from django.db import transaction

from core.refusals import Problem, Refusal
from orders import mails
from orders.actors import Actor
from orders.intake.canned_replies import KIND_WORDS
from orders.intake.placing import request_order_jobs
from orders.lifecycle import move_order, record_event
from orders.locks import lock_order
from orders.models import Order, OrderLine

DECISIONS = ("approve", "trim", "decline")
MAX_NOTE = 1000


def review_order(
    *,
    order_id: int,
    decision: str,
    note: str = "",
    word: str = "",
    quantities: Mapping[int, int] | None = None,
    actor: Actor,
) -> Order:
    """Approve a request, as it is or trimmed, which starts its two jobs; or decline it with a mail.

    To trim, `quantities` is `{line id: quantity to send}`: at most what was asked for, 0 for none; a line that is not
    named stays as it is. `word` is the code of a canned reply, which the mail gives in the customer's language. The
    note goes into the mail only, since it may name people.

    Raises Refusal `invalid`, or 409 `not_in_review`, `bag_contents_unknown`, `described_only`.
    """
    problems = []
    if decision not in DECISIONS:
        problems.append(Problem("/decision", "unknown_decision", f"Give one of {', '.join(DECISIONS)}."))
    if decision == "trim" and not quantities:
        problems.append(Problem("/quantities", "required", "Say how many of which line are sent."))
    if word and word not in KIND_WORDS:
        problems.append(Problem("/word", "unknown_word", f"Give one of {', '.join(KIND_WORDS)}."))
    if len(note) > MAX_NOTE:
        problems.append(Problem("/note", "too_long", f"At most {MAX_NOTE} characters."))
    if problems:
        raise Refusal("invalid", problems=problems)
    with transaction.atomic():
        order = lock_order(order_id)
        if order.state != Order.State.IN_REVIEW:
            raise Refusal("not_in_review", "This order is not in review: it is decided already.", status=409)
        if decision == "decline":
            move_order(order, Order.State.DECLINED, actor)
            mails.queue_mail(order, "declined", note=note.strip(), word=KIND_WORDS.get(word, ""))
            return order
        if order.to_identify:
            detail = "Find out first what the customer's words mean."
            raise Refusal("described_only", detail, status=409)
        trimmed = _trim(order, quantities or {}, actor) if decision == "trim" else False
        _link_bags(order)
        move_order(order, Order.State.RECEIVED, actor, event="approved")
        if trimmed:
            mails.queue_mail(
                order,
                "trimmed",
                key=_approval_number(order),
                note=note.strip(),
                word=KIND_WORDS.get(word, ""),
                lines=order.lines.select_related("piece__part", "piece__color"),
            )
        else:
            mails.queue_mail(order, "approved")
        request_order_jobs(order)
    return order


def _trim(order: Order, quantities: Mapping[int, int], actor: Actor) -> bool:
    """Reduce the lines to these quantities; a line with 0 is deleted. Returns whether anything changed."""
    lines = {line.pk: line for line in order.lines.select_for_update().order_by("pk")}
    problems = []
    for line_id, quantity in quantities.items():
        if line_id not in lines:
            problems.append(Problem(f"/quantities/{line_id}", "unknown_line", "This order has no such line."))
        elif not 0 <= quantity <= lines[line_id].quantity:
            detail = f"{lines[line_id].quantity} were asked for: give 0 to {lines[line_id].quantity}."
            problems.append(Problem(f"/quantities/{line_id}", "out_of_range", detail))
    kept = {line_id: quantities.get(line_id, line.quantity) for line_id, line in lines.items()}
    if not problems and not any(kept.values()):
        problems.append(Problem("/quantities", "nothing_left", "Nothing is left: decline it instead."))
    if problems:
        raise Refusal("invalid", problems=problems)
    less = [line for line_id, line in lines.items() if kept[line_id] < line.quantity]
    for line in less:
        record_event(order, "trimmed", actor, line=line.position, asked=line.quantity, sent=kept[line.pk])
        if kept[line.pk]:
            OrderLine.objects.filter(pk=line.pk).update(quantity=kept[line.pk])
        else:
            line.delete()
    return bool(less)


def _approval_number(order: Order) -> str:
    """How often this order was approved: each approval has its own mail."""
    return str(order.events.filter(type="approved").count())


def _link_bags(order: Order) -> None:
    """Link lines to the bags that staff entered since the customer asked. Raises Refusal 409 `bag_contents_unknown`.

    A bag with neither known contents nor packed stock cannot be sent.
    """
    unknown = []
    for line in order.lines.select_for_update().filter(piece=None).order_by("pk"):
        if line.bag is None:
            line.bag = order.set.bags.filter(label__iexact=line.bag_label, retired_at=None).first()
            line.save(update_fields=["bag"])
        if line.bag is None or not (line.bag.contents.exists() or _has_packed_stock(line)):
            unknown.append(line.bag_label)
    if unknown:
        detail = f"Enter the pieces of bag {', '.join(unknown)} first."
        raise Refusal("bag_contents_unknown", detail, status=409)


def _has_packed_stock(line: OrderLine) -> bool:
    bag = line.bag
    return (
        bag is not None
        and hasattr(bag, "stock_item")
        and bag.stock_item.levels.filter(on_hand__gt=0).exists()
    )

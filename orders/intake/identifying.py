"""Finding out what a customer has described in words: the set it is from, and its bags and pieces in our catalogue."""

from django.db import transaction

from catalog.models import Set
from catalog.queries import find_set
from core.refusals import Problem, Refusal
from orders.actors import Actor
from orders.intake.limits import too_much, unknown_contents
from orders.intake.order_request import LineRequest
from orders.intake.placing import write_lines
from orders.intake.validation import check_more_lines
from orders.lifecycle import record_event
from orders.locks import lock_lines, lock_order
from orders.models import Order
from orders.unlisted import is_unlisted


def identify_order(*, order_id: int, set_num: str, lines: tuple[LineRequest, ...], actor: Actor) -> Order:
    """Write down what the words of an order in review mean. Only then can it be approved.

    1. Lock the order and its lines.
    2. Find the set, unless the order's set is known. Check the lines as placing does, beside those it has.
    3. Save them. What is over the limits adds review reasons, which the same person judges.

    An order that has lines already needs no new ones: then its words name nothing that we can send. Raises Refusal
    `invalid` with every problem at once, or 409 `nothing_to_identify`.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        known = lock_lines([order.pk])
        if not order.to_identify or order.state != Order.State.IN_REVIEW:
            raise Refusal("nothing_to_identify", "This order names what it needs.", status=409)
        set_ = order.set if not is_unlisted(order.set) else _find_listed(set_num)
        still_asked = [line for line in known if line.found_at is None]
        checked = [] if not lines and still_asked else check_more_lines(set_, lines, beside=still_asked)
        last = max((line.position for line in known), default=0)
        added = write_lines(order, checked, after=last)
        more = [*unknown_contents(checked), *too_much(set_, [*still_asked, *added])]
        reasons = [*order.review_reasons, *more]
        order.set, order.to_identify = set_, False
        order.review_reasons = list(dict.fromkeys(reasons))
        order.save(update_fields=["set", "to_identify", "review_reasons"])
        record_event(
            order, "identified", actor, set_num=set_.set_num, lines=[line.position for line in added]
        )
    return order


def _find_listed(set_num: str) -> Set:
    set_ = find_set(set_num.strip()) if set_num.strip() else None
    if set_ is None or set_.retired_at is not None or is_unlisted(set_):
        raise Refusal(
            "invalid", problems=[Problem("/set_num", "unknown_set", "There is no set with this number.")]
        )
    return set_

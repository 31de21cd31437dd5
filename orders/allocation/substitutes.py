"""Substitutes: service offers another piece for one that a line waits for; the customer answers; the line is served.

An open offer reserves nothing. The answer stays with the line and changes only what may serve it from then on
(`orders.allocation.options`), so reservations, picks and the ledger name the piece that is really sent.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Piece
from catalog.queries import bag_contents
from catalog.substitutes import substitutes_of
from core.refusals import NotFound, Problem, Refusal
from orders import mails
from orders.actors import Actor
from orders.allocation.fulfilment import allocate_order, settle_state, wake_behind
from orders.allocation.options import agreed_of
from orders.lifecycle import move_order, record_event
from orders.links import offer_url
from orders.locks import lock_lines, lock_order
from orders.models import Backorder, Order, OrderContact, OrderLine, Substitution
from warehouse.models import StockItem, StockLevel

Answer = Substitution.Answer
OPEN_STATES = (Order.State.ALLOCATED, Order.State.BACKORDERED)
_SHOWN = ("line__bag", "wanted__part", "wanted__color", "offered__part", "offered__color")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A piece that is on the shelf and may stand in for one that a line waits for."""

    line: OrderLine
    wanted: Piece
    offered: Piece
    quantity: int
    available: int


def candidates_of(order: Order) -> list[Candidate]:
    """The pieces that service may offer for an order's waiting lines: only those with free stock on the shelf."""
    candidates = []
    for line in order.lines.filter(backordered__gt=0, found_at=None).select_related("piece__part", "bag"):
        if line.substitutions.filter(answer__in=["", Answer.WAIT]).exists():
            continue
        for wanted, quantity in _missing_pieces(line):
            for offered in substitutes_of(wanted):
                if line.substitutions.filter(wanted=wanted, offered=offered).exists():
                    continue
                available = _available(offered)
                if available:
                    candidates.append(Candidate(line, wanted, offered, quantity, available))
    return candidates


def offer_substitute(*, line_id: int, wanted_id: int, offered_id: int, actor: Actor) -> Substitution:
    """Ask the customer whether another piece will do. They get a mail with a link to each answer.

    `wanted_id` is the line's piece, or the piece of its bag that is missing. Raises NotFound, Refusal `invalid`, or 409
    `not_waiting`, `not_alike`, `not_on_the_shelf`, `offered_already`, `wants_to_wait`, `erased`.
    """
    order_id = OrderLine.objects.filter(pk=line_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise NotFound("There is no such line.")
    with transaction.atomic():
        order = lock_order(order_id)
        line = next(line for line in lock_lines([order.pk]) if line.pk == line_id)
        quantity = {piece.pk: number for piece, number in _missing_pieces(line)}.get(wanted_id)
        if order.state not in OPEN_STATES or not line.backordered or quantity is None:
            raise _conflict("not_waiting", "This line does not wait for this piece.")
        wanted = Piece.objects.select_related("part", "color").get(pk=wanted_id)
        offered = next((piece for piece in substitutes_of(wanted) if piece.pk == offered_id), None)
        if offered is None:
            raise _conflict("not_alike", "The catalogue does not relate these two pieces.")
        earlier = line.substitutions.all()
        if any(
            not offer.answer or (offer.wanted_id, offer.offered_id) == (wanted_id, offered_id)
            for offer in earlier
        ):
            raise _conflict("offered_already", "The customer has been asked already.")
        if any(offer.answer == Answer.WAIT for offer in earlier):
            raise _conflict("wants_to_wait", "The customer would rather wait.")
        if not _available(offered):
            raise _conflict("not_on_the_shelf", "The shelf has no free stock of it either.")
        if not OrderContact.objects.filter(order=order).exists():
            raise _conflict("erased", "This order is erased: there is no customer to ask.")
        offer = Substitution.objects.create(
            line=line,
            wanted=wanted,
            offered=offered,
            quantity=quantity,
            offered_at=timezone.now(),
            offered_by=actor.user,
        )
        record_event(order, "substitute_offered", actor, line=line.position, offer=offer.pk)
        answers = offer_url(order, offer.pk)
        mails.queue_mail(
            order, "substitute", key=str(offer.pk), offer=offer, bag_label=line.bag_label, answers=answers
        )
    return offer


def answer_offer(*, offer_id: int, answer: str, actor: Actor) -> Substitution:
    """Record the customer's answer, and act on it.

    `yes`: the other piece may serve the line. `no`: the line waits on, and service may offer another piece. `wait`: the
    line waits for its own piece, without further offers. `send_rest`: a bag comes without that piece; a piece line
    gets nothing more. The same answer again changes nothing. Raises NotFound, Refusal `invalid`, or 409
    `answered_already`, `no_longer_open`.
    """
    if answer not in Answer.values:
        detail = _("Give one of %(answers)s.") % {"answers": ", ".join(Answer.values)}
        raise Refusal("invalid", problems=[Problem("/answer", "unknown_answer", detail)])
    found = Substitution.objects.filter(pk=offer_id).select_related("line").first()
    if found is None:
        raise NotFound("There is no such offer.")
    with transaction.atomic():
        order = lock_order(found.line.order_id)
        lines = lock_lines([order.pk])
        offer = Substitution.objects.select_related("wanted__part", "offered__part").get(pk=offer_id)
        if offer.answer:
            if offer.answer == answer:
                return offer
            raise _conflict("answered_already", _("This question is answered already."))
        line = next(line for line in lines if line.pk == offer.line_id)
        if not is_open(order, line):
            raise _conflict("no_longer_open", _("The part is there by now, or the order has ended."))
        offer.answer, offer.answered_at = answer, timezone.now()
        offer.save(update_fields=["answer", "answered_at"])
        record_event(order, "substitute_answered", actor, line=line.position, offer=offer.pk, answer=answer)
        if answer == Answer.SEND_REST and (line.piece_id is not None or _would_be_empty(line)):
            _waive(order, line, actor)
        elif answer in (Answer.YES, Answer.SEND_REST):
            allocate_order(order.pk)
    return offer


def is_open(order: Order, line: OrderLine) -> bool:
    """Whether an answer about this line can still change anything."""
    return order.state in OPEN_STATES and line.backordered > 0 and line.found_at is None


def open_offers(order: Order) -> list[Substitution]:
    """The offers that the customer has not answered and may still answer."""
    offers = Substitution.objects.filter(line__order=order, answer="").select_related(*_SHOWN)
    return [offer for offer in offers if is_open(order, offer.line)]


def offers_of(order: Order) -> list[Substitution]:
    """All offers to the customer, with their answers, oldest first."""
    return list(Substitution.objects.filter(line__order=order).select_related(*_SHOWN).order_by("pk"))


def offer_of(order: Order, offer_id: int) -> Substitution:
    """An offer of this order. Raises NotFound."""
    offer = Substitution.objects.filter(pk=offer_id, line__order=order).select_related(*_SHOWN).first()
    if offer is None:
        raise NotFound
    return offer


def _missing_pieces(line: OrderLine) -> list[tuple[Piece, int]]:
    """The pieces that a line waits for, with quantities. Of a bag: its short pieces, each in the bag's quantity."""
    if line.piece is not None:
        return [(line.piece, line.backordered)]
    if line.bag_id is None:
        return []
    contents = dict(bag_contents([line.bag_id])[line.bag_id])
    waits = StockItem.objects.filter(backorders__line=line, piece__in=contents)
    pieces = Piece.objects.filter(stock_item__in=waits).select_related("part", "color").order_by("pk")
    return [(piece, contents[piece.pk]) for piece in pieces]


def _available(piece: Piece) -> int:
    """The free stock of a piece on all shelves."""
    return sum(level.available for level in StockLevel.objects.filter(item__piece=piece))


def _would_be_empty(line: OrderLine) -> bool:
    """Whether the customer agreed to go without every piece of the line's bag."""
    agreed = agreed_of([line.pk])[line.pk]
    contents = bag_contents([line.bag_id])[line.bag_id] if line.bag_id is not None else []
    return all(piece_id in agreed and agreed[piece_id] is None for piece_id, _ in contents)


def _waive(order: Order, line: OrderLine, actor: Actor) -> None:
    """Give up what a line waits for. The order goes on, or ends where nothing else is left to send."""
    waited_for = list(Backorder.objects.filter(line=line).values_list("item_id", flat=True))
    Backorder.objects.filter(line=line).delete()
    line.waived += line.open_quantity
    line.backordered = 0
    line.save(update_fields=["waived", "backordered"])
    wake_behind(waited_for)
    lines = [each for each in order.lines.all() if each.found_at is None]
    if any(each.shipped + each.waived < each.quantity for each in lines):
        settle_state(order)
    elif any(each.shipped for each in lines):
        move_order(order, Order.State.CLOSED, actor, reason="waived")
    else:
        move_order(order, Order.State.CANCELLED, actor, reason="waived")
        Order.objects.filter(pk=order.pk).update(end_reason="waived")
        mails.queue_mail(order, "cancelled")


def _conflict(code: str, detail: str | Promise) -> Refusal:
    return Refusal(code, detail, problems=[Problem("", code, detail)], status=409)

"""What the letter of an order may say: the order, its customer and what lies in a parcel, as plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from django.utils import timezone

from catalog.models import Piece
from catalog.queries import theme_names
from notifications.letters.composing import AskedItem, LetterFacts
from notifications.letters.facts import Delivery, Reason, Tone
from notifications.letters.seed_choice import freshest_seed
from notifications.letters.voicebook import current_voicebook
from orders.allocation.differences import Swap, substituted_in
from orders.links import order_url
from orders.models import Letter, Order, OrderContact, OrderLine, Shipment


def letter_facts(
    order: Order,
    *,
    shipment: Shipment | None = None,
    contact: OrderContact | None = None,
    letter: Letter | None = None,
) -> LetterFacts | None:
    """What the letter of an order may say; with a shipment, what lies in it. None once the order is erased.

    A caller that has `contact` and `letter` gives them, which saves two queries.
    """
    contact = contact or OrderContact.objects.filter(order=order).first()
    if contact is None:
        return None
    letter = letter or getattr(order, "letter", None) or Letter(order=order)
    lines = list(order.lines.select_related("piece__part", "piece__color").order_by("position"))
    inside = {row.line_id: row.quantity for row in shipment.lines.all()} if shipment else None
    facts = LetterFacts(
        number=order.number,
        language=order.language,
        customer_name=contact.name,
        set_num=order.set.set_num,
        set_name=order.set.name,
        theme_names=theme_names(order.set),
        items=tuple(_asked_items(lines, inside, substituted_in(shipment) if shipment else [])),
        status_url=order_url(order),
        written_on=timezone.localdate(),
        seed=letter.seed or order.number,
        builder_name=contact.builder_name,
        age_band=contact.builder_age_band,
        wrote_to_packing_team=bool(contact.message),
        follows=order.follows_id is not None,
        in_parcel=shipment is not None,
        personal_note=letter.note,
        tone=cast(Tone, letter.tone),
    )
    if shipment is not None:
        facts = replace(facts, seed=_shipment_seed(order, shipment, facts))
    return as_printed(facts, letter.print_as)


def _shipment_seed(order: Order, shipment: Shipment, facts: LetterFacts) -> str:
    """The seed that chooses the sentences of a parcel's letter: the first reads like the mail, later ones differ.

    A customer who gets the rest in a second parcel has read the first letter already.
    """
    earlier = Shipment.objects.filter(order=order, pk__lt=shipment.pk).count()
    if not earlier:
        return facts.seed
    before = [facts.seed, *(f"{facts.seed}+{number}" for number in range(1, earlier))]
    return freshest_seed(current_voicebook(), facts, number=f"{facts.seed}+{earlier}", recent=before)


def as_printed(facts: LetterFacts, print_as: Mapping[str, str]) -> LetterFacts:
    """The facts, with service's replacement for each text that cannot be printed."""
    if not print_as:
        return facts
    return replace(
        facts,
        customer_name=print_as.get(facts.customer_name, facts.customer_name),
        builder_name=print_as.get(facts.builder_name, facts.builder_name),
        set_name=print_as.get(facts.set_name, facts.set_name),
        items=tuple(
            replace(
                item,
                label=print_as.get(item.label, item.label),
                color_name=print_as.get(item.color_name, item.color_name),
            )
            for item in facts.items
        ),
    )


def _asked_items(
    lines: Iterable[OrderLine], inside: Mapping[int, int] | None, swaps: Iterable[Swap]
) -> list[AskedItem]:
    """Each thing asked for; with a shipment, split into what lies in it, its substitutes, and what follows.

    The letter also names what the customer chose to go without, so that nothing in the parcel puzzles them.
    """
    lines = [line for line in lines if line.found_at is None]
    swapped: dict[int, list[Swap]] = {}
    for swap in swaps:
        swapped.setdefault(swap.line.pk, []).append(swap)
    elements = _element_ids(lines, swapped)
    items = []
    for line in lines:
        here = line.quantity - line.waived if inside is None else inside.get(line.pk, 0)
        later = line.quantity - here - line.shipped - line.waived
        changed = []
        for swap in swapped.get(line.pk, ()) if here else ():
            count = min(swap.quantity, here) if line.piece_id else swap.quantity
            delivery: Delivery = "left_out" if swap.sent is None else "substituted"
            changed.append(_piece_item(swap.wanted, count, line, delivery, elements))
            here -= count if line.piece_id else 0
        if here:
            items.append(_asked_item(line, here, "coming", elements))
        items += changed
        if inside is not None and later > 0:
            items.append(_asked_item(line, later, "following", elements))
        if line.waived:
            items.append(_asked_item(line, line.waived, "left_out", elements))
    return items


def _element_ids(lines: Iterable[OrderLine], swapped: Mapping[int, Iterable[Swap]]) -> dict[int, str]:
    """The first element number of each piece, in one query; without a query where only bags were asked for."""
    from_lines = {line.piece_id for line in lines if line.piece_id is not None}
    wanted = from_lines | {swap.wanted.pk for swaps in swapped.values() for swap in swaps}
    if not wanted:
        return {}
    found: dict[int, str] = {}
    pieces = Piece.objects.filter(pk__in=wanted).values_list("pk", "elements__element_id")
    for piece_id, element_id in pieces:
        if element_id and (piece_id not in found or element_id < found[piece_id]):
            found[piece_id] = element_id
    return found


def _asked_item(line: OrderLine, quantity: int, delivery: Delivery, elements: Mapping[int, str]) -> AskedItem:
    if line.piece is not None:
        return _piece_item(line.piece, quantity, line, delivery, elements)
    reason = cast(Reason, line.reason)
    return AskedItem(kind="bag", label=line.bag_label, quantity=quantity, reason=reason, delivery=delivery)


def _piece_item(
    piece: Piece, quantity: int, line: OrderLine, delivery: Delivery, elements: Mapping[int, str]
) -> AskedItem:
    return AskedItem(
        kind="piece",
        label=piece.part.name,
        quantity=quantity,
        reason=cast(Reason, line.reason),
        color_name=piece.color.name,
        color_rgb=piece.color.rgb,
        element_id=elements.get(piece.pk, ""),
        part_num=piece.part.part_num,
        delivery=delivery,
        of_bag=line.bag_label,
    )

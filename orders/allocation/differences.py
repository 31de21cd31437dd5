"""How a shipment differs from what the customer asked for: by what was taken from the shelf, not by what was agreed."""

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Piece
from orders.models import OrderLine, PickShare, Shipment, Substitution

Answer = Substitution.Answer
#: The answers after which a shipment may differ from what was asked for.
AGREED = (Answer.YES, Answer.SEND_REST)


@dataclass(frozen=True, slots=True)
class Swap:
    """A quantity of a piece that a shipment holds instead of the wanted one; `sent` is None where it is left out."""

    line: OrderLine
    wanted: Piece
    sent: Piece | None
    quantity: int


def substituted_in(shipment: Shipment) -> list[Swap]:
    """The swaps in a shipment, by what really lies in it: for its letter, its slip and its pages."""
    return substituted_in_all([shipment]).get(shipment.pk, [])


def substituted_in_all(shipments: Iterable[Shipment]) -> dict[int, list[Swap]]:
    """The same for many shipments, by their ids, in few queries."""
    shipment_ids = [shipment.pk for shipment in shipments]
    shares = (
        PickShare.objects.filter(shipment__in=shipment_ids, line__substitutions__answer__in=AGREED)
        .distinct()
        .select_related(
            "line__piece__part",
            "line__piece__color",
            "pick__level__item__piece__part",
            "pick__level__item__piece__color",
        )
        .order_by("pk")
    )
    inside: dict[tuple[int, int], list[PickShare]] = {}
    for share in shares:
        inside.setdefault((share.shipment_id, share.line_id), []).append(share)
    agreed = _agreed_offers(share.line_id for share in shares)
    swaps: dict[int, list[Swap]] = {}
    for (shipment_id, line_id), shares_of_line in inside.items():
        swaps.setdefault(shipment_id, []).extend(_swaps_of_line(shares_of_line, agreed[line_id]))
    return swaps


def _swaps_of_line(shares: list[PickShare], offers: list[Substitution]) -> list[Swap]:
    """The swaps in the shares of one line of one shipment."""
    line = shares[0].line
    if line.piece is not None:
        other = [share for share in shares if share.pick.level.item.piece_id != line.piece_id]
        return [
            Swap(line, line.piece, share.pick.level.item.piece, share.picked_quantity or share.quantity)
            for share in other
        ]
    inside = {share.pick.level.item.piece_id for share in shares}
    if None in inside:  # a packed bag is whole
        return []
    swaps = []
    for offer in offers:
        sent = offer.offered if offer.answer == Answer.YES else None
        if offer.wanted_id not in inside and (sent is None or sent.pk in inside):
            swaps.append(Swap(line, offer.wanted, sent, offer.quantity))
    return swaps


def _agreed_offers(line_ids: Iterable[int]) -> dict[int, list[Substitution]]:
    offers: dict[int, list[Substitution]] = {line_id: [] for line_id in line_ids}
    rows = Substitution.objects.filter(line__in=offers, answer__in=AGREED)
    for offer in rows.select_related("wanted__part", "wanted__color", "offered__part", "offered__color"):
        offers[offer.line_id].append(offer)
    return offers

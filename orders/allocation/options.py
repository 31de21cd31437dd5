"""What could serve a line: the packed bag or all its pieces; the piece; and what the customer agreed to instead."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from catalog.queries import bag_contents
from orders.models import OrderLine, PickShare, Shipment, Substitution
from warehouse.items import items_of_bags, items_of_pieces
from warehouse.models import Reservation

# Best first, each a count of items. A bag is served whole by one option; each option of a piece may serve a part.
Options = list[Counter[int]]
# For each wanted piece the piece to put in instead, by id; None where the piece is left out.
Agreed = dict[int, int | None]


def options_of(lines: Sequence[OrderLine]) -> dict[int, Options]:
    """The options of each line, by line id. What the customer asked for goes before what they agreed to instead."""
    bag_ids = [line.bag_id for line in lines if line.bag_id is not None]
    contents = bag_contents(bag_ids)
    packed = items_of_bags(bag_ids)
    agreed = agreed_of(line.pk for line in lines)
    piece_ids = {line.piece_id for line in lines if line.piece_id is not None}
    piece_ids |= {piece_id for rows in contents.values() for piece_id, _ in rows}
    piece_ids |= {piece_id for pieces in agreed.values() for piece_id in pieces.values() if piece_id}
    items = items_of_pieces(piece_ids)
    options: dict[int, Options] = {}
    for line in lines:
        if line.piece_id is not None:
            instead = agreed[line.pk].get(line.piece_id)
            wanted = [line.piece_id, *([instead] if instead else [])]
            options[line.pk] = [Counter({items[piece_id]: line.open_quantity}) for piece_id in wanted]
        elif line.bag_id is not None:
            whole = contents.get(line.bag_id, [])
            variants = [whole, _agreed_contents(whole, agreed[line.pk])] if agreed[line.pk] else [whole]
            options[line.pk] = [Counter({packed[line.bag_id]: 1})]
            options[line.pk] += [_count_items(rows, items) for rows in variants if rows]
        else:
            options[line.pk] = []
    return options


def agreed_of(line_ids: Iterable[int]) -> dict[int, Agreed]:
    """What the customers agreed to for these lines: another piece, or to go without. Later answers win."""
    answers = (Substitution.Answer.YES, Substitution.Answer.SEND_REST)
    agreed: dict[int, Agreed] = defaultdict(dict)
    rows = Substitution.objects.filter(line_id__in=list(line_ids), answer__in=answers).order_by(
        "answered_at", "pk"
    )
    for row in rows:
        agreed[row.line_id][row.wanted_id] = row.offered_id if row.answer == Substitution.Answer.YES else None
    return agreed


def items_around(lines: Sequence[OrderLine]) -> set[int]:
    """Every item that serving, freeing or stopping these lines may touch: the caller locks them beforehand."""
    could_serve = {item for options in options_of(lines).values() for option in options for item in option}
    reserved = Reservation.objects.filter(reference__in=[line.reference for line in lines])
    picked = PickShare.objects.filter(line__in=lines, shipment__status=Shipment.Status.PICKING)
    return {
        *could_serve,
        *reserved.values_list("level__item_id", flat=True),
        *picked.values_list("pick__level__item_id", flat=True),
    }


def _agreed_contents(rows: list[tuple[int, int]], agreed: Agreed) -> list[tuple[int, int]]:
    """The contents of a bag as the customer agreed to them."""
    contents = []
    for piece_id, quantity in rows:
        put_in = agreed.get(piece_id, piece_id)
        if put_in is not None:
            contents.append((put_in, quantity))
    return contents


def _count_items(rows: list[tuple[int, int]], items: dict[int, int]) -> Counter[int]:
    counted: Counter[int] = Counter()
    for piece_id, quantity in rows:
        counted[items[piece_id]] += quantity
    return counted

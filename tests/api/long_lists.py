"""How each list of the API gets long, and how many queries it may cost."""

from collections.abc import Callable

from django.utils import timezone

from catalog.importing.problems import Problems
from catalog.importing.runs import report_name
from catalog.importing.uploads import folder_of
from catalog.models import Color, Content, Correction, Element, ImportRun, Part, Piece, Set, Theme
from orders.models import Letter, LetterVersion, Order, OrderLine, Shipment, Wave
from tests.cast import SmallSet, order_for, stock_piece
from warehouse.models import Bin, StockItem, StockLevel, StockMovement


def add_sets(count: int, *, first: int = 1000) -> None:
    """Sets of one theme, each with the same piece in it."""
    theme, _ = Theme.objects.get_or_create(id=7, defaults={"name": "Castle"})
    Set.objects.bulk_create(
        [
            Set(set_num=f"{first + n}-1", name=f"Castle {n}", year=2000 + n % 5, theme=theme, num_parts=1)
            for n in range(count)
        ]
    )


def many_sets(cantina: SmallSet, count: int) -> None:
    add_sets(count)


def many_pieces(cantina: SmallSet, count: int) -> None:
    color = Color.objects.get(id=4)
    parts = Part.objects.bulk_create([Part(part_num=f"x{n}", name=f"Plate {n}") for n in range(count)])
    pieces = Piece.objects.bulk_create([Piece(part=part, color=color) for part in parts])
    Element.objects.bulk_create(
        [Element(element_id=f"9{n:06}", piece=piece) for n, piece in enumerate(pieces)]
    )
    Content.objects.bulk_create(
        [
            Content(inventory=cantina.set.inventory, bag=cantina.bag14, piece=piece, quantity=1)
            for piece in pieces
        ]
    )


def many_sets_with_it(cantina: SmallSet, count: int) -> None:
    add_sets(count)
    from catalog.models import Inventory

    sets = list(Set.objects.exclude(pk=cantina.set.pk))
    inventories = Inventory.objects.bulk_create([Inventory(set=s, imported_at=timezone.now()) for s in sets])
    for set_, inventory in zip(sets, inventories, strict=True):
        set_.inventory = inventory
    Set.objects.bulk_update(sets, ["inventory"])
    Content.objects.bulk_create([Content(inventory=i, piece=cantina.red, quantity=1) for i in inventories])


def many_levels(cantina: SmallSet, count: int) -> None:
    item = stock_piece(cantina.red, 1)
    bins = Bin.objects.bulk_create([Bin(code=f"Z-{n}") for n in range(count)])
    StockLevel.objects.bulk_create([StockLevel(item=item, bin=bin_, on_hand=1) for bin_ in bins])
    assert StockItem.objects.count() == 1


def many_reports(cantina: SmallSet, count: int) -> None:
    order = order_for()
    OrderLine.objects.bulk_create(
        [OrderLine(order=order, position=n + 2, piece=cantina.red) for n in range(count)]
    )


def many_orders(cantina: SmallSet, count: int) -> None:
    order = order_for()
    Order.objects.bulk_create(
        [
            Order(
                number=f"B14-{n:04}-0000", set=cantina.set, language="en", country="US", channel="api",
                created_at=order.created_at,
            )
            for n in range(count)
        ]
    )  # fmt: skip
    OrderLine.objects.bulk_create(
        [OrderLine(order=each, position=1, piece=cantina.red) for each in Order.objects.exclude(pk=order.pk)]
    )


def many_movements(cantina: SmallSet, count: int) -> None:
    item = stock_piece(cantina.red, 1)
    bin_ = Bin.objects.get()
    StockMovement.objects.bulk_create(
        [StockMovement(item=item, bin=bin_, delta=1, reason="received") for _ in range(count)]
    )


def many_imports(cantina: SmallSet, count: int) -> None:
    now = timezone.now()
    ImportRun.objects.bulk_create(
        [ImportRun(state="done", created_at=now, finished_at=now) for _ in range(count)]
    )


def many_orders_with(cantina: SmallSet, count: int) -> list[Order]:
    many_orders(cantina, count)
    return list(Order.objects.order_by("pk"))


def many_ready_orders(cantina: SmallSet, count: int) -> None:
    many_orders(cantina, count)
    Order.objects.update(state="allocated")
    OrderLine.objects.update(reserved=1, quantity=1)


def many_letters(cantina: SmallSet, count: int) -> None:
    letter = Letter.objects.create(order=order_for())
    LetterVersion.objects.bulk_create(
        [
            LetterVersion(
                letter=letter, version=n + 1, language="en", subject="S", body="B", data={}, template="t",
                created_at=timezone.now(),
            )
            for n in range(count)
        ]
    )  # fmt: skip


def many_waiting_letters(cantina: SmallSet, count: int) -> None:
    Letter.objects.bulk_create(
        [
            Letter(order=order, hold_reason="untrue", hold_detail=[], held_at=timezone.now())
            for order in many_orders_with(cantina, count)
        ]
    )


def many_waves(cantina: SmallSet, count: int) -> None:
    Wave.objects.bulk_create([Wave(created_at=timezone.now()) for _ in range(count)])


def many_shipments(cantina: SmallSet, count: int) -> None:
    wave, now = Wave.objects.create(created_at=timezone.now()), timezone.now()
    Shipment.objects.bulk_create(
        [
            Shipment(
                order=order, wave=wave, slot=slot, status="shipped", carrier="Post", created_at=now, packed_at=now,
                shipped_at=now,
            )
            for slot, order in enumerate(many_orders_with(cantina, count), start=1)
        ]
    )  # fmt: skip


def many_corrections(cantina: SmallSet, count: int) -> None:
    now = timezone.now()
    Correction.objects.bulk_create(
        [
            Correction(set=cantina.set, field="year", before=1, after=2, at=now, holds=False)
            for _ in range(count // 2)
        ]
        + [
            Correction(piece=cantina.red, field="weight", before=[1, ""], after=[2, ""], at=now, holds=False)
            for _ in range(count - count // 2)
        ]
    )


def many_bad_rows(cantina: SmallSet, count: int) -> None:
    now = timezone.now()
    run = ImportRun.objects.create(pk=7, state="done", folder="seven", created_at=now, finished_at=now)
    folder_of(run).mkdir(parents=True, exist_ok=True)
    problems = Problems(tolerated=1.0)
    for line in range(count):
        problems.note("parts.csv", line + 2, "name", "strange", "A strange name.")
    problems.write(folder_of(run) / report_name(run))


# Path, query, role, what makes the list long, and how many queries it may cost.
LISTS: list[tuple[str, dict[str, str], str, Callable[[SmallSet, int], None], int]] = [
    ("sets/", {}, "", many_sets, 3),
    ("sets/75290-1/pieces/", {}, "", many_pieces, 4),
    ("sets/75290-1/pieces/", {"search": "plate"}, "", many_pieces, 5),
    ("pieces/300121/sets/", {}, "", many_sets_with_it, 4),
    ("orders/", {}, "lead", many_orders, 3),
    ("orders/", {"state": "received", "set_num": "75290"}, "lead", many_orders, 4),
    ("orders/", {"ordering": "created_at"}, "lead", many_orders, 3),
    ("stock/movements/", {}, "lead", many_movements, 1),
    ("stock/movements/", {"sku": "P:3001:4", "bin": "A-01-1-01"}, "lead", many_movements, 1),
    ("imports/", {}, "lead", many_imports, 1),
    ("stock/", {}, "lead", many_levels, 1),
    ("stock/", {"part_num": "3001", "color_id": "4"}, "lead", many_levels, 1),
    ("reports/", {}, "lead", many_reports, 1),
    ("bins/", {}, "lead", many_levels, 1),
    ("waves/", {}, "lead", many_waves, 1),
    ("shipments/", {}, "lead", many_shipments, 1),
    ("shipments/", {"status": "shipped"}, "lead", many_shipments, 1),
    ("hand-overs/", {}, "lead", many_shipments, 1),
    # The second notes who saw them.
    ("letters/", {}, "lead", many_letters, 2),
    ("letters/waiting/", {}, "lead", many_waiting_letters, 2),
    ("corrections/", {}, "lead", many_corrections, 1),
    ("imports/7/report/", {}, "lead", many_bad_rows, 1),
    ("orders/", {"ready": "true"}, "lead", many_ready_orders, 3),
]

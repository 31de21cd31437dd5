"""The files beside a dump: which pieces are in which bag, and what a part weighs.

Real data of this kind never matches a dump completely: it has sets that the dump lacks, or parts of another year. The
report notes that; it is no reason to refuse the import.
"""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from catalog.bounds import HEAVIEST_GRAMS
from catalog.importing import tables
from catalog.importing.files import TableFile, bad_value
from catalog.importing.problems import Problems, shown
from catalog.importing.source import Dump, stable_hash
from catalog.importing.values import MOST_OF_A_ROW, parse_integer, parse_quantity
from catalog.models import Bag, Piece
from catalog.text import clean_identifier, natural_key

LONGEST_LABEL = Bag._meta.get_field("label").max_length or 0
KINDS = {
    "measured": Piece.WeightKind.MEASURED,
    "measured_on_scale": Piece.WeightKind.MEASURED,
    "computed": Piece.WeightKind.COMPUTED,
    "computed_from_ldraw_geometry": Piece.WeightKind.COMPUTED,
    "guessed": Piece.WeightKind.GUESSED,
    "guess_no_geometry": Piece.WeightKind.GUESSED,
}


@dataclass(frozen=True, slots=True)
class BagItem:
    """A quantity of a piece in the bag of that label; "" is loose. `line` is 0 if the row comes from no file."""

    label: str
    piece: int
    quantity: int
    line: int


@dataclass(slots=True)
class SourceBags:
    """The bag rows of one set, packed; `digest` is a sum over the rows, as an inventory's is."""

    labels: list[str] = field(default_factory=list)
    packed: "array[int]" = field(default_factory=lambda: array("i"))
    digest: int = 0

    def add(self, label: str, piece: int, quantity: int, line: int, row_hash: int) -> None:
        if label not in self.labels:
            self.labels.append(label)
        self.packed.extend((self.labels.index(label), piece, quantity, line))
        self.digest += row_hash * quantity

    def items(self) -> Iterator[BagItem]:
        packed = iter(self.packed)
        for label, piece, quantity, line in zip(packed, packed, packed, packed, strict=True):
            yield BagItem(self.labels[label], piece, quantity, line)

    def bag_labels(self) -> list[str]:
        """The labels of the bags in the order people count them."""
        return sorted((label for label in self.labels if label), key=natural_key)


def read_bags(
    path: Path, dump: Dump, problems: Problems, on_bytes: Callable[[int], None] | None = None
) -> dict[str, SourceBags]:
    """The bag rows by set number. Pieces that no inventory has are added to the dump: a bag may contain them."""
    file = TableFile(path, tables.BAGS, problems, on_bytes)
    bags: dict[str, SourceBags] = {}
    strangers: dict[str, list[int]] = {}
    for set_num, typed_label, part_num, color, amount in file.rows():
        line = file.line
        if set_num not in dump.sets:
            strangers.setdefault(set_num, []).append(line)
            continue
        label = clean_identifier(typed_label)
        quantity = parse_quantity(amount)
        color_id = parse_integer(color)
        if len(label) > LONGEST_LABEL or not label.isprintable():
            bad_value(
                problems, file.name, line, "bag", label, f"a label of at most {LONGEST_LABEL} characters"
            )
        elif quantity is None:
            bad_value(problems, file.name, line, "quantity", amount, f"a quantity (1 to {MOST_OF_A_ROW:,})")
        elif color_id is None:
            bad_value(problems, file.name, line, "color_id", color, "a whole number")
        elif part_num not in dump.parts or color_id not in dump.colors:
            column, what = (
                ("part_num", f"part “{shown(part_num)}”")
                if part_num not in dump.parts
                else ("color_id", f"colour “{color_id}”")
            )
            detail = f"left out of bag {label or '(loose)'} of {set_num}: the dump has no {what}."
            problems.note(file.name, line, column, "bag_row_left_out", detail)
        else:
            piece = dump.piece(part_num, color_id)
            row_hash = stable_hash(label, part_num, color_id)
            bags.setdefault(set_num, SourceBags()).add(label, piece.index, quantity, line, row_hash)
    for set_num, lines in strangers.items():
        detail = f"{len(lines)} rows of set “{shown(set_num)}”, which the dump lacks."
        problems.note(file.name, lines[0], "set_num", "bags_of_unknown_set", detail)
    dump.counts[tables.BAGS.name] = file.count
    problems.check(file.name, file.count)
    return bags


def read_weights(
    path: Path, dump: Dump, problems: Problems, on_bytes: Callable[[int], None] | None = None
) -> dict[str, tuple[int, str]]:
    """The weight of each part: milligrams and how well that is known, by part number. The file has grams."""
    file = TableFile(path, tables.WEIGHTS, problems, on_bytes)
    weights: dict[str, tuple[int, str]] = {}
    unknown = 0
    for part_num, grams_text, kind_text in file.rows():
        line = file.line
        grams = _grams(grams_text)
        kind = KINDS.get(kind_text.strip().lower())
        if grams is None:
            bad_value(problems, file.name, line, "weight_g", grams_text, "a weight in grams above 0")
        elif kind is None:
            bad_value(problems, file.name, line, "kind", kind_text, "measured, computed or guessed")
        elif part_num in weights:
            detail = f"“{shown(part_num)}” is there already."
            problems.error(file.name, line, "part_num", "duplicate_key", detail)
        elif part_num in dump.parts:
            weights[part_num] = (max(1, round(grams * 1000)), kind.value)
        else:
            unknown += 1
    if unknown:
        detail = f"{unknown:,} weights are of parts that the dump lacks."
        problems.note(file.name, 0, "part_num", "weights_of_unknown_parts", detail)
    dump.counts[tables.WEIGHTS.name] = file.count
    problems.check(file.name, file.count)
    return weights


def _grams(text: str) -> Decimal | None:
    try:
        grams = Decimal(text.strip())
    except InvalidOperation:
        return None
    return grams if grams.is_finite() and 0 < grams <= HEAVIEST_GRAMS else None

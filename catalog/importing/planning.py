"""Plans an import: compares the source with the database, before anything is written."""

from dataclasses import dataclass, field

from catalog.importing.contents import Measures
from catalog.importing.corrections import Kept, with_entered_bags
from catalog.importing.extras import SourceBags
from catalog.importing.source import Dump, stable_hash
from catalog.importing.stored import Stored, StoredSet, carried_bags, pieces_in_current_sets

Weight = tuple[int | None, str]
NO_WEIGHT: Weight = (None, "")


@dataclass(slots=True)
class Source:
    """The dump, the files beside it, and the staff's corrections, which override both."""

    dump: Dump
    bags: dict[str, SourceBags] = field(default_factory=dict)
    weights: dict[str, tuple[int, str]] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)


@dataclass(frozen=True, slots=True)
class Box:
    """A set that gets a new inventory. `bags` are its bag rows, from the file or carried over, with those that staff
    entered; or None. `bags_known`: all its bags are known.
    """

    set_num: str
    version: int
    source_hash: str
    bags_hash: str
    bags: SourceBags | None
    bags_known: bool


@dataclass(slots=True)
class Plan:
    """Keys are the source's. "changed" means existing and different, "retired" means gone from the source."""

    new_themes: list[int] = field(default_factory=list)
    changed_themes: list[int] = field(default_factory=list)
    new_colors: list[int] = field(default_factory=list)
    changed_colors: list[int] = field(default_factory=list)
    new_parts: list[str] = field(default_factory=list)
    changed_parts: list[str] = field(default_factory=list)
    retired_parts: list[str] = field(default_factory=list)
    new_pieces: list[int] = field(default_factory=list)
    changed_pieces: list[int] = field(default_factory=list)
    retired_pieces: list[tuple[str, int]] = field(default_factory=list)
    new_elements: list[str] = field(default_factory=list)
    changed_elements: list[str] = field(default_factory=list)
    new_relations: list[tuple[str, str, str]] = field(default_factory=list)
    gone_relations: list[tuple[str, str, str]] = field(default_factory=list)
    new_sets: list[str] = field(default_factory=list)
    changed_sets: list[str] = field(default_factory=list)
    retired_sets: list[str] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    weight_of_part: dict[str, Weight] = field(default_factory=dict)

    @property
    def changes_nothing(self) -> bool:
        return not any(
            getattr(self, name)
            for name in self.__slots__
            if name.startswith(("new_", "changed_", "retired_", "gone_")) or name == "boxes"
        )


def make_plan(source: Source, stored: Stored, measures: Measures) -> Plan:
    """Compare source and database. Bags carried over add their pieces to the dump, so they come first."""
    plan = Plan(weight_of_part=_weights(source, stored))
    plan.boxes = _boxes(source, stored, measures)
    _compare_themes_and_colors(plan, source.dump, stored)
    _compare_pieces(plan, source, stored)
    _compare_parts(plan, source.dump, stored)
    _compare_elements_and_relations(plan, source.dump, stored)
    _compare_sets(plan, source, stored)
    return plan


def _boxes(source: Source, stored: Stored, measures: Measures) -> list[Box]:
    """The sets for which the source has new contents or bags."""
    dump = source.dump
    hashes: dict[str, tuple[str, str]] = {}
    unsaid: list[str] = []
    for set_num in dump.sets:
        old = stored.sets.get(set_num)
        source_hash = f"{stable_hash('contents', measures.of(set_num).digest):016x}"
        bags = source.bags.get(set_num)
        bags_hash = f"{stable_hash('bags', bags.digest):016x}" if bags else (old.bags_hash if old else "")
        if old and old.inventory_id and (old.source_hash, old.bags_hash) == (source_hash, bags_hash):
            continue
        hashes[set_num] = (source_hash, bags_hash)
        if bags is None and old is not None and old.inventory_id:
            unsaid.append(set_num)
    carried = carried_bags(unsaid, dump)
    return [
        Box(
            set_num,
            dump.current[set_num].version if set_num in dump.current else 1,
            source_hash,
            bags_hash,
            with_entered_bags(
                source.bags.get(set_num) or carried.get(set_num), source.kept.bags.get(set_num), dump
            ),
            _bags_known(set_num, source, stored),
        )
        for set_num, (source_hash, bags_hash) in hashes.items()
    ]


def _bags_known(set_num: str, source: Source, stored: Stored) -> bool:
    """As staff say; else True if the file has bags of the set; else as before: one entered bag does not mean all."""
    for correction in source.kept.of_sets.get(set_num, ()):
        if correction.field == "bags_known":
            return bool(correction.after)
    bags, old = source.bags.get(set_num), stored.sets.get(set_num)
    return bool(bags and bags.bag_labels()) or bool(old and old.bags_known)


def _weights(source: Source, stored: Stored) -> dict[str, Weight]:
    """The weight of each part's pieces: from the file, else the known weight of the part in another colour."""
    weights: dict[str, Weight] = {}
    for (part_num, _color), piece in stored.pieces.items():
        if piece.weight_mg is not None:
            weights.setdefault(part_num, (piece.weight_mg, piece.weight_kind))
    weights.update(source.weights)
    return weights


def piece_weight(plan: Plan, source: Source, stored: Stored, key: tuple[str, int]) -> Weight:
    """The weight of a piece: from staff; from the file; its own in the database; or that of another colour."""
    part_num = key[0]
    if weighed := source.kept.weight_of(key):
        return weighed
    if part_num in source.weights:
        return source.weights[part_num]
    old = stored.pieces.get(key)
    if old is not None:
        return (old.weight_mg, old.weight_kind)
    return plan.weight_of_part.get(part_num, NO_WEIGHT)


def _compare_themes_and_colors(plan: Plan, dump: Dump, stored: Stored) -> None:
    plan.new_themes = [key for key in dump.themes if key not in stored.themes]
    plan.changed_themes = [
        key for key, theme in dump.themes.items() if key in stored.themes and stored.themes[key] != theme
    ]
    plan.new_colors = [key for key in dump.colors if key not in stored.colors]
    plan.changed_colors = [
        key for key, color in dump.colors.items() if key in stored.colors and stored.colors[key] != color
    ]


def _compare_pieces(plan: Plan, source: Source, stored: Stored) -> None:
    dump = source.dump
    for piece in dump.pieces:
        key = (piece.part_num, piece.color_id)
        old = stored.pieces.get(key)
        if old is None:
            plan.new_pieces.append(piece.index)
        elif (
            old.retired
            or (piece.image_url and piece.image_url != old.image_url)
            or piece_weight(plan, source, stored, key) != (old.weight_mg, old.weight_kind)
        ):
            plan.changed_pieces.append(piece.index)
    gone = {
        old.id: key for key, old in stored.pieces.items() if key not in dump.piece_index and not old.retired
    }
    if gone:
        leaving = {stored.sets[box.set_num].id for box in plan.boxes if box.set_num in stored.sets}
        leaving |= {old.id for set_num, old in stored.sets.items() if set_num not in dump.sets}
        staying = pieces_in_current_sets(gone, except_sets=leaving)
        plan.retired_pieces = [key for piece_id, key in gone.items() if piece_id not in staying]


def _compare_parts(plan: Plan, dump: Dump, stored: Stored) -> None:
    for part_num, part in dump.parts.items():
        old = stored.parts.get(part_num)
        if old is None:
            plan.new_parts.append(part_num)
        elif old.retired or (old.name, old.category, old.material) != part:
            plan.changed_parts.append(part_num)
    going = set(plan.retired_pieces)
    still_used = {part_num for part_num, color in stored.pieces if (part_num, color) not in going}
    plan.retired_parts = [
        part_num
        for part_num, old in stored.parts.items()
        if part_num not in dump.parts and part_num not in still_used and not old.retired
    ]


def _compare_elements_and_relations(plan: Plan, dump: Dump, stored: Stored) -> None:
    for element_id, index in dump.elements.items():
        old = stored.elements.get(element_id)
        piece = dump.pieces[index]
        if old is None:
            plan.new_elements.append(element_id)
        elif old[1] != getattr(stored.pieces.get((piece.part_num, piece.color_id)), "id", None):
            plan.changed_elements.append(element_id)
    plan.new_relations = [relation for relation in dump.relations if relation not in stored.relations]
    plan.gone_relations = [relation for relation in stored.relations if relation not in dump.relations]


def _compare_sets(plan: Plan, source: Source, stored: Stored) -> None:
    boxes = {box.set_num for box in plan.boxes}
    for set_num in source.dump.sets:
        old = stored.sets.get(set_num)
        if old is None:
            plan.new_sets.append(set_num)
        elif set_num in boxes or _differs(source, set_num, old):
            plan.changed_sets.append(set_num)
    plan.retired_sets = [
        set_num for set_num, old in stored.sets.items() if set_num not in source.dump.sets and not old.retired
    ]


def _differs(source: Source, set_num: str, old: StoredSet) -> bool:
    new = source.dump.sets[set_num]
    return old.retired or (old.name, old.year, old.theme_id, old.num_parts, old.image_url) != (
        new.name,
        new.year,
        new.theme_id,
        new.num_parts,
        new.image_url,
    )

"""Leads from the old catalogue to the new one, in steps that may stop anywhere.

1. Delete what an interrupted import left: inventories that no set ever pointed to.
2. Insert what is new. Nothing points to it yet; new sets and bags are retired, so customers do not see them.
3. Insert the new inventories and their contents, in many short transactions.
4. In one transaction: change what changed, retire what is gone, and turn the pointers. Readers see the old
   catalogue until it commits, and the new one after.
"""

import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from itertools import chain

from django.db import transaction
from django.db.models import F, Model
from django.utils import timezone

from catalog.bulk import Turns, Values, loader_for_database
from catalog.importing.content_writer import PlacedLot, content_writer
from catalog.importing.contents import Lot, lots_in_bags, lots_of
from catalog.importing.corrections import keep_late_corrections, remember_sources
from catalog.importing.extras import BagItem
from catalog.importing.planning import Box, Plan, Source, piece_weight
from catalog.importing.problems import Problems
from catalog.importing.progress import Phase, Progress
from catalog.importing.stored import (
    PARAMETERS,
    Stored,
    StoredBag,
    in_groups,
    stored_bags,
)
from catalog.models import (
    Bag,
    Color,
    Content,
    Element,
    Inventory,
    Part,
    PartRelation,
    Piece,
    Revision,
    Set,
    Theme,
)
from catalog.revising import contents_changed

LEFTOVER_PAUSE = 0.005


class Merge:
    """The writing of one import. `problems` gets the notes about bags, `contents` counts the rows written."""

    def __init__(
        self,
        source: Source,
        stored: Stored,
        plan: Plan,
        problems: Problems,
        progress: Progress,
        bags_file: str,
    ) -> None:
        self.source = source
        self.dump = source.dump
        self.stored = stored
        self.plan = plan
        self.problems = problems
        self.progress = progress
        self.bags_file = bags_file
        self.loader = loader_for_database()
        self.turns = Turns()
        self.now: datetime = timezone.now()
        self.contents = 0

    def write(self) -> None:
        clear_leftovers()
        with self.loader.at_work():
            self._insert_new_names()
            self._insert_new_pieces()
            self._insert_new_sets_and_bags()
            self._insert_boxes()
        written = (Theme, Color, Part, Piece, Element, PartRelation, Set, Bag, Inventory, Content)
        self.loader.learn(*(model._meta.db_table for model in written))
        self._turn_pointers()

    def explain_bags(self) -> None:
        """Work out the sets with bags without writing, for the notes about them."""
        for box in self.plan.boxes:
            if box.bags:
                self._box_lots(box)

    # --- step 2: what is new ----------------------------------------------------------------------------------------

    def _insert(self, model: type[Model], columns: str, key: str, rows: Iterable[Values]) -> None:
        table, names, keys = model._meta.db_table, columns.split(), key.split()
        self.turns.write(rows, lambda some: self.loader.insert_missing(table, names, keys, some))

    def _insert_new_names(self) -> None:
        dump, plan = self.dump, self.plan
        # All at once: a parent may come after its child, and the reference is checked at the end of the transaction.
        with transaction.atomic():
            self.loader.insert_missing(
                Theme._meta.db_table,
                ["id", "name", "parent_id"],
                ["id"],
                [(key, *dump.themes[key]) for key in plan.new_themes],
            )
        self._insert(
            Color, "id name rgb is_trans", "id", ((key, *dump.colors[key]) for key in plan.new_colors)
        )
        self._insert(
            Part,
            "part_num name category material",
            "part_num",
            ((num, *dump.parts[num]) for num in plan.new_parts),
        )

    def _insert_new_pieces(self) -> None:
        dump, plan = self.dump, self.plan
        part_ids = dict(Part.objects.values_list("part_num", "id"))
        self._insert(
            Piece,
            "part_id color_id weight_mg weight_kind image_url",
            "part_id color_id",
            (
                (
                    part_ids[piece.part_num],
                    piece.color_id,
                    *piece_weight(plan, self.source, self.stored, (piece.part_num, piece.color_id)),
                    piece.image_url,
                )
                for piece in map(dump.pieces.__getitem__, plan.new_pieces)
            ),
        )
        piece_ids = {
            (part, color): key for part, color, key in Piece.objects.values_list("part", "color", "id")
        }
        self.piece_ids = [piece_ids[part_ids[piece.part_num], piece.color_id] for piece in dump.pieces]
        self._insert(
            Element,
            "element_id piece_id",
            "element_id",
            ((element, self.piece_ids[dump.elements[element]]) for element in plan.new_elements),
        )
        self._insert(
            PartRelation,
            "kind child_id parent_id",
            "kind child_id parent_id",
            ((kind, part_ids[child], part_ids[parent]) for kind, child, parent in plan.new_relations),
        )

    def _insert_new_sets_and_bags(self) -> None:
        dump, plan = self.dump, self.plan
        now = self.loader.moment(self.now)
        self._insert(
            Set,
            "set_num name year theme_id num_parts image_url bags_known retired_at",
            "set_num",
            (
                (set_num, new.name, new.year, new.theme_id, new.num_parts, new.image_url, False, now)
                for set_num, new in ((set_num, dump.sets[set_num]) for set_num in plan.new_sets)
            ),
        )
        self.set_ids: dict[str, int] = dict(Set.objects.values_list("set_num", "id"))
        with_bags = [(self.set_ids[box.set_num], box.bags.bag_labels()) for box in plan.boxes if box.bags]
        self._insert(
            Bag,
            "set_id label position retired_at",
            "set_id label",
            (
                (set_id, label, position, now)
                for set_id, labels in with_bags
                for position, label in enumerate(labels, start=1)
            ),
        )
        self.bags: dict[tuple[int, str], StoredBag] = stored_bags(
            self.set_ids[box.set_num] for box in plan.boxes
        )

    # --- step 3: the boxes ------------------------------------------------------------------------------------------

    def _insert_boxes(self) -> None:
        now = self.loader.moment(self.now)
        boxes = self.plan.boxes
        columns = ["set_id", "version", "imported_at", "source_hash", "bags_hash"]
        self.turns.write(
            ((self.set_ids[box.set_num], box.version, now, box.source_hash, box.bags_hash) for box in boxes),
            lambda some: self.loader.append(Inventory._meta.db_table, columns, some),
        )
        self.inventory_ids: dict[int, int] = dict(
            Inventory.objects.filter(current_since__isnull=True, imported_at=self.now).values_list(
                "set", "id"
            )
        )
        total = sum(
            len(self.dump.current[box.set_num].keys) for box in boxes if box.set_num in self.dump.current
        )
        self.progress.begin(Phase.WRITING, total)
        writer = content_writer(self.piece_ids)
        self.contents = self.turns.write(
            chain.from_iterable(map(self._placed_lots, boxes)),
            writer.write,
            self.progress.advance,
            size_of=lambda placed: len(placed[2]),
        )

    def _placed_lots(self, box: Box) -> list[PlacedLot]:
        set_id = self.set_ids[box.set_num]
        inventory_id = self.inventory_ids[set_id]
        return [
            (inventory_id, self.bags[set_id, lot.bag].id if lot.bag else None, lot)
            for lot in self._box_lots(box)
        ]

    def _box_lots(self, box: Box) -> list[Lot]:
        lots = lots_of(self.dump, box.set_num)
        if box.bags is None:
            return lots

        known: Counter[str] = Counter()

        def note(item: BagItem, quantity: int) -> None:
            if not item.line:
                known[item.label] += quantity
            else:
                piece = self.dump.pieces[item.piece]
                self.problems.note(
                    self.bags_file,
                    item.line,
                    "quantity",
                    "beyond_inventory",
                    f"bag {item.label or '(loose)'} of {box.set_num} has {quantity} of {piece.part_num} in colour "
                    f"{piece.color_id} more than the inventory.",
                )

        laid = lots_in_bags(lots, box.bags.items(), note)
        for label, quantity in known.items():
            where = f"bag {label or '(loose)'} of {box.set_num}"
            detail = f"{where}, as stored before, has more pieces than the inventory: {quantity}."
            self.problems.note("bags", 0, "quantity", "known_bag_beyond_inventory", detail)
        return laid

    # --- step 4: the one transaction after which everything is new --------------------------------------------------

    def _turn_pointers(self) -> None:
        self.progress.begin(Phase.TURNING, 0)
        with transaction.atomic():
            # The first statement is a write, to take SQLite's lock and to meet a second importer at once.
            Revision.objects.update_or_create(pk=1, defaults={"changed_at": self.now})
            Revision.objects.filter(pk=1).update(number=F("number") + 1)
            self._change_names()
            self._change_pieces()
            self._change_bags()
            self._change_sets()
            Inventory.objects.filter(current_since__isnull=True, imported_at=self.now).update(
                current_since=self.now
            )
            remember_sources(self.source.kept)
            keep_late_corrections(self.source.kept, {box.set_num for box in self.plan.boxes}.__contains__)
            if self.plan.boxes:
                contents_changed()

    def _update(self, model: type[Model], columns: str, rows: Iterable[Values]) -> None:
        listed = list(rows)
        if listed:
            self.loader.update(model._meta.db_table, columns.split(), listed)

    def _retire(self, model: type[Model], ids: Iterable[int]) -> None:
        now = self.loader.moment(self.now)
        self._update(model, "id retired_at", [(key, now) for key in ids])

    def _change_names(self) -> None:
        dump, plan, stored = self.dump, self.plan, self.stored
        self._update(Theme, "id name parent_id", [(key, *dump.themes[key]) for key in plan.changed_themes])
        self._update(Color, "id name rgb is_trans", [(key, *dump.colors[key]) for key in plan.changed_colors])
        self._update(
            Part,
            "id name category material retired_at",
            [(stored.parts[num].id, *dump.parts[num], None) for num in plan.changed_parts],
        )
        self._retire(Part, (stored.parts[num].id for num in plan.retired_parts))
        for some in in_groups((stored.relations[relation] for relation in plan.gone_relations), PARAMETERS):
            PartRelation.objects.filter(pk__in=some).delete()

    def _change_pieces(self) -> None:
        dump, plan, stored = self.dump, self.plan, self.stored
        rows = []
        for piece in map(dump.pieces.__getitem__, plan.changed_pieces):
            key = (piece.part_num, piece.color_id)
            old = stored.pieces[key]
            weight = piece_weight(plan, self.source, stored, key)
            rows.append((old.id, *weight, piece.image_url or old.image_url, None))
        self._update(Piece, "id weight_mg weight_kind image_url retired_at", rows)
        self._retire(Piece, (stored.pieces[key].id for key in plan.retired_pieces))
        self._update(
            Element,
            "id piece_id",
            [
                (stored.elements[element][0], self.piece_ids[dump.elements[element]])
                for element in plan.changed_elements
            ],
        )

    def _change_bags(self) -> None:
        positions = {
            (self.set_ids[box.set_num], label): position
            for box in self.plan.boxes
            if box.bags
            for position, label in enumerate(box.bags.bag_labels(), start=1)
        }
        self._update(
            Bag,
            "id position retired_at",
            [(self.bags[key].id, position, None) for key, position in positions.items()],
        )
        self._retire(
            Bag, (bag.id for key, bag in self.bags.items() if key not in positions and not bag.retired)
        )

    def _change_sets(self) -> None:
        dump, plan, stored = self.dump, self.plan, self.stored
        boxes = {box.set_num: box for box in plan.boxes}
        rows = []
        for set_num in (*plan.new_sets, *plan.changed_sets):
            new, set_id = dump.sets[set_num], self.set_ids[set_num]
            if box := boxes.get(set_num):
                bags_known = box.bags_known
                inventory_id = self.inventory_ids[set_id]
            else:
                old = stored.sets[set_num]
                bags_known, inventory_id = old.bags_known, old.inventory_id or 0
            rows.append(
                (
                    set_id,
                    new.name,
                    new.year,
                    new.theme_id,
                    new.num_parts,
                    new.image_url,
                    bags_known,
                    inventory_id,
                    None,
                )
            )
        self._update(
            Set, "id name year theme_id num_parts image_url bags_known inventory_id retired_at", rows
        )
        self._retire(Set, (stored.sets[set_num].id for set_num in plan.retired_sets))


def clear_leftovers() -> int:
    """Delete the inventories of interrupted imports, to which no set ever pointed. Returns how many there were."""
    left = Inventory.objects.filter(current_since__isnull=True, current_for__isnull=True).values_list(
        "pk", flat=True
    )
    ids = list(left)
    for some in in_groups(ids, 50):
        Inventory.objects.filter(pk__in=some).delete()
        time.sleep(LEFTOVER_PAUSE)
    return len(ids)

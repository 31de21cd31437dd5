"""What a set is made of. Names are Rebrickable's, since the world's data uses them.

A row that an order line can point to is never deleted: when a newer import lacks it, it gets `retired_at`. Identifiers
are wild (dots, hyphens, colours -1 and 9999), so they are stored as they come and never parsed.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Theme(models.Model):
    """A theme or sub-theme; its id is Rebrickable's."""

    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=100)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )

    def __str__(self) -> str:
        return self.name


class Color(models.Model):
    """A colour; its id is Rebrickable's (-1 unknown, 9999 any)."""

    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=100)
    rgb = models.CharField(max_length=6)
    is_trans = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Part(models.Model):
    """A mould or design, without colour."""

    part_num = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=300)
    category = models.CharField(max_length=100, blank=True)
    material = models.CharField(max_length=60, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.part_num


class PartRelation(models.Model):
    """How two moulds are related: alternates, mould variants, prints, pairs. Substitutes are found by it."""

    class Kind(models.TextChoices):
        PRINT = "P"
        PAIR = "R"
        SUB_PART = "B"
        MOLD = "M"
        PATTERN = "T"
        ALTERNATE = "A"

    kind = models.CharField(max_length=1, choices=Kind.choices)
    child = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="parent_relations")
    parent = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="child_relations")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "child", "parent"], name="part_relation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.kind} {self.parent_id}"


class Piece(models.Model):
    """What can be ordered: a part in a colour. Weight in mg if known, and how well it is known."""

    class WeightKind(models.TextChoices):
        MEASURED = "measured"
        COMPUTED = "computed"
        GUESSED = "guessed"

    # The unique constraint below begins with the part, so it also serves as the index of that foreign key.
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="pieces", db_index=False)
    color = models.ForeignKey(Color, on_delete=models.PROTECT, related_name="pieces", db_index=False)
    weight_mg = models.PositiveIntegerField(null=True, blank=True)
    weight_kind = models.CharField(max_length=10, choices=WeightKind.choices, blank=True)
    image_url = models.CharField(max_length=500, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["part", "color"], name="piece_once_per_part_and_color"),
            models.CheckConstraint(
                condition=Q(weight_mg__isnull=True, weight_kind="")
                | Q(weight_mg__gt=0, weight_kind__in=["measured", "computed", "guessed"]),
                name="piece_weight_has_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part_id}/{self.color_id}"


class Element(models.Model):
    """An element id, as printed at the back of the instructions: 4 to 10 digits that name a piece."""

    element_id = models.CharField(max_length=20, unique=True)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="elements")

    def __str__(self) -> str:
        return self.element_id


class Set(models.Model):
    """A set as sold; `inventory` is the current version of its contents."""

    set_num = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=300)
    year = models.PositiveSmallIntegerField()
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="sets", db_index=False)
    num_parts = models.PositiveIntegerField()
    image_url = models.CharField(max_length=500, blank=True)
    bags_known = models.BooleanField(default=False)
    inventory = models.ForeignKey(
        "Inventory",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="current_for",
        db_index=False,
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["theme", "set_num"], name="set_by_theme"),
            models.Index(fields=["year", "set_num"], name="set_by_year"),
            # All columns that a search reads of the thousands of sets with a common piece, before it loads the newest.
            models.Index(
                fields=["inventory", "retired_at", "year", "num_parts", "set_num"], name="set_by_inventory"
            ),
        ]

    def __str__(self) -> str:
        return self.set_num


class Inventory(models.Model):
    """One version of a set's contents, from one import. `version` is the source's own.

    `current_since` is empty until a set has pointed to this inventory. So the next import recognises what an
    interrupted one left, and deletes it. The two hashes show whether the source, or its bag rows, have anything new
    about a set.
    """

    set = models.ForeignKey(Set, on_delete=models.PROTECT, related_name="inventories", db_index=False)
    version = models.PositiveIntegerField(default=1)
    imported_at = models.DateTimeField()
    current_since = models.DateTimeField(null=True, blank=True)
    source_hash = models.CharField(max_length=32, blank=True)
    bags_hash = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["set", "imported_at"], name="inventory_by_set"),
            models.Index(
                fields=["id"], name="inventory_never_current", condition=Q(current_since__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.set_id} v{self.version}"


class Bag(models.Model):
    """A bag of a set with the label printed on it (`14`, `3B`). Bags that share a number are one."""

    set = models.ForeignKey(Set, on_delete=models.PROTECT, related_name="bags", db_index=False)
    label = models.CharField(max_length=12)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["set", "label"], name="bag_label_once_per_set"),
            models.CheckConstraint(condition=~Q(label=""), name="bag_has_a_label"),
        ]

    def __str__(self) -> str:
        return self.label


class Content(models.Model):
    """A row of an inventory: a quantity of a piece, in a bag or loose, of a minifig or a sub-set if it belongs to one.

    `beyond_inventory` marks pieces that only the bag rows have. They are kept, since the bag rows are right about the
    bag, but not counted in the set.
    """

    # The largest table by far: each more index costs every import, so a foreign key has only the index given below.
    inventory = models.ForeignKey(
        Inventory, on_delete=models.CASCADE, related_name="contents", db_index=False
    )
    bag = models.ForeignKey(
        Bag, null=True, blank=True, on_delete=models.PROTECT, related_name="contents", db_index=False
    )
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="contents", db_index=False)
    quantity = models.PositiveIntegerField()
    is_spare = models.BooleanField(default=False)
    beyond_inventory = models.BooleanField(default=False)
    minifig = models.CharField(
        max_length=300, blank=True, help_text="The minifig's name, where it is part of one."
    )
    sub_set = models.CharField(
        max_length=40, blank=True, help_text="The set number of the set inside this set."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="content_quantity_positive"),
        ]
        indexes = [
            models.Index(fields=["inventory", "piece"], name="content_by_piece"),
            # Which inventories have a piece, without reading the rows, which are spread over the whole table.
            models.Index(fields=["piece", "inventory"], name="content_by_inventory"),
            models.Index(fields=["bag"], name="content_by_bag", condition=Q(bag__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.piece_id}"


class Revision(models.Model):
    """The number of the catalogue that readers see. Every import that changes something raises it, so that caches of
    an older catalogue are recognised. One row. The search index is made after the sets are live; `indexed_number` is
    the catalogue it was made from.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.PositiveBigIntegerField(default=0)
    indexed_number = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="revision_is_one_row")]

    def __str__(self) -> str:
        return str(self.number)


class Word(models.Model):
    """A word of the names of sets, or of parts and colours, and how many have it: search compares mistyped words with
    these.
    """

    class Kind(models.TextChoices):
        SET = "set"
        PIECE = "piece"

    kind = models.CharField(max_length=5, choices=Kind.choices)
    text = models.CharField(max_length=100)
    uses = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "text"], name="word_once_per_kind")]

    def __str__(self) -> str:
        return self.text


class Correction(models.Model):
    """A correction of the catalogue by staff: who, when, the value before and after.

    All are kept. The newest of a field `holds` until it is taken back: meanwhile no import changes the field. `source`
    is the source's value, to be restored then. A bag's `after` is its pieces, each as [part_num, color_id, quantity].
    """

    class Field(models.TextChoices):
        NAME = "name"
        YEAR = "year"
        THEME = "theme"
        NUM_PARTS = "num_parts"
        BAGS_KNOWN = "bags_known"
        BAG = "bag"
        WEIGHT = "weight"

    set = models.ForeignKey(
        Set, null=True, blank=True, on_delete=models.PROTECT, related_name="corrections", db_index=False
    )
    piece = models.ForeignKey(
        Piece, null=True, blank=True, on_delete=models.PROTECT, related_name="corrections", db_index=False
    )
    field = models.CharField(max_length=12, choices=Field.choices)
    bag_label = models.CharField(max_length=12, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    source = models.JSONField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    holds = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(set__isnull=False, piece__isnull=True)
                | Q(set__isnull=True, piece__isnull=False, field="weight"),
                name="correction_of_a_set_or_a_piece",
            ),
            models.UniqueConstraint(
                fields=["set", "field", "bag_label"],
                condition=Q(holds=True, set__isnull=False),
                name="correction_of_set_holds_once",
            ),
            models.UniqueConstraint(
                fields=["piece", "field"],
                condition=Q(holds=True, piece__isnull=False),
                name="correction_of_piece_holds_once",
            ),
        ]
        indexes = [
            models.Index(fields=["set", "id"], name="correction_by_set"),
            models.Index(fields=["piece", "id"], name="correction_by_piece"),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.set_id or self.piece_id}"


class ImportRun(models.Model):
    """An import that was started from the staff pages: its files under VAR, its progress, and its result.

    `doing` to `told_at` are its progress: `done` of `total` since `doing_since`, as of `told_at`.
    """

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        REFUSED = "refused"
        FAILED = "failed"
        CANCELLED = "cancelled"

    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    folder = models.CharField(max_length=40, help_text="The folder of its files, in VAR/imports.")
    files = models.JSONField(default=dict, help_text="The size of each file, by name.")
    dry_run = models.BooleanField(default=False)
    tolerated = models.FloatField(default=0.0)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    doing = models.CharField(max_length=60, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    unit = models.CharField(max_length=10, blank=True)
    doing_since = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    changed = models.BooleanField(default=False)
    counts = models.JSONField(default=dict, help_text="Rows read of each table.")
    sentences = models.JSONField(default=list, help_text="What happened, for a person.")
    bad_rows = models.PositiveIntegerField(default=0)
    notes = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "done", "refused", "failed", "cancelled"]),
                name="import_run_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="open", finished_at__isnull=True)
                | (~Q(state="open") & Q(finished_at__isnull=False)),
                name="import_run_ends_once",
            ),
            models.UniqueConstraint(fields=["state"], condition=Q(state="open"), name="import_run_one_open"),
        ]

    def __str__(self) -> str:
        return f"import {self.pk}"

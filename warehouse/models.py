"""Stock as a ledger: levels change only with a movement row, and the database's constraints have the last word."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models import Bag, Piece


class Bin(models.Model):
    """A place on a shelf: `A-03-2-14`."""

    code = models.CharField(max_length=20, unique=True)

    def __str__(self) -> str:
        return self.code


class StockItem(models.Model):
    """An item that is stocked: a piece, or a packed bag of a set. Its row is the lock of all its levels."""

    sku = models.CharField(max_length=120, unique=True)
    piece = models.OneToOneField(
        Piece, null=True, blank=True, on_delete=models.PROTECT, related_name="stock_item"
    )
    bag = models.OneToOneField(
        Bag, null=True, blank=True, on_delete=models.PROTECT, related_name="stock_item"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(piece__isnull=False, bag__isnull=True) | Q(piece__isnull=True, bag__isnull=False),
                name="stock_item_is_a_piece_or_a_bag",
            ),
        ]

    def __str__(self) -> str:
        return self.sku


class StockLevel(models.Model):
    """How many of an item lie in a bin, and how many of these are reserved."""

    item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="levels")
    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="levels")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "bin"], name="stock_level_once_per_item_and_bin"),
            models.CheckConstraint(condition=Q(on_hand__gte=0), name="stock_level_not_below_zero"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="stock_level_reserved_not_below_zero"),
            models.CheckConstraint(
                condition=Q(reserved__lte=F("on_hand")), name="stock_level_reserved_at_most_on_hand"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.bin_id}: {self.on_hand} ({self.reserved} reserved)"

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


class StockMovement(models.Model):
    """A line of the ledger: what came or went, where, why, for what, and by whom. It never changes."""

    class Reason(models.TextChoices):
        RECEIVED = "received"
        COUNTED = "counted"
        MOVED = "moved"
        ADJUSTED = "adjusted"
        PICKED = "picked"
        PUT_BACK = "put_back"
        NOT_FOUND = "not_found"
        DAMAGED = "damaged"
        RETURNED = "returned"

    item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="movements")
    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="movements")
    delta = models.IntegerField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    reference = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(delta=0), name="stock_movement_moves_something"),
            models.CheckConstraint(
                condition=Q(
                    reason__in=[
                        "received",
                        "counted",
                        "moved",
                        "adjusted",
                        "picked",
                        "put_back",
                        "not_found",
                        "damaged",
                        "returned",
                    ]
                ),
                name="stock_movement_reason_known",
            ),
        ]
        indexes = [
            models.Index(fields=["item", "at"], name="stock_movement_by_item"),
            models.Index(fields=["reference"], name="stock_movement_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.delta:+d} {self.item_id} in {self.bin_id} ({self.reason})"


class Reservation(models.Model):
    """Stock in a bin that is reserved for a reference. Only the caller that reserved it knows what the reference
    means.
    """

    reference = models.CharField(max_length=64)
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="reservations")
    quantity = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "level"], name="reservation_once_per_reference_and_level"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.reference}"


class Entry(models.Model):
    """An entry that was scanned or typed once. Its sender makes the key, which shows when the same entry is sent
    twice.
    """

    key = models.CharField(max_length=64, unique=True)
    movement = models.ForeignKey(
        StockMovement, null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(key=""), name="entry_has_a_key")]

    def __str__(self) -> str:
        return self.key


class BinCount(models.Model):
    """A count of a bin: the packer scans what lies in it, piece by piece. The levels change when the count is
    finished.
    """

    bin = models.ForeignKey(Bin, on_delete=models.PROTECT, related_name="counts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["bin"], condition=Q(finished_at__isnull=True), name="bin_count_one_open_per_bin"
            ),
        ]

    def __str__(self) -> str:
        return f"count {self.pk} of {self.bin_id}"


class CountedItem(models.Model):
    """How many of an item were scanned in a count so far."""

    count = models.ForeignKey(BinCount, on_delete=models.CASCADE, related_name="counted")
    item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="counted")
    quantity = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["count", "item"], name="counted_item_once_per_count"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.item_id}"


class PieceWeight(models.Model):
    """What a piece weighs by our own scale, and how far that may be off. It overrides the catalogue's weight."""

    piece = models.OneToOneField(Piece, on_delete=models.PROTECT, related_name="own_weight")
    weight_mg = models.PositiveIntegerField()
    error_mg = models.PositiveIntegerField()
    weighed_together = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(weight_mg__gt=0, error_mg__gt=0, weighed_together__gt=0),
                name="piece_weight_is_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.piece_id}: {self.weight_mg} mg, give or take {self.error_mg}"

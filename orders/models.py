"""Requests for replacement parts, and all that follows until the parcels of a request have arrived.

Personal data lies in `OrderContact`, beside the order; after erasure only numbers and codes stay.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import ApiKey
from catalog.models import Bag, Piece, Set
from warehouse.models import StockItem, StockLevel


class Order(models.Model):
    """One customer's request about one set: a claim, with no sale and no return behind it."""

    class State(models.TextChoices):
        RECEIVED = "received"
        IN_REVIEW = "in_review"
        ALLOCATED = "allocated"
        BACKORDERED = "backordered"
        CLOSED = "closed"
        CANCELLED = "cancelled"
        DECLINED = "declined"

    class Channel(models.TextChoices):
        WEB = "web"
        API = "api"
        STAFF = "staff"

    number = models.CharField(max_length=13, unique=True)
    set = models.ForeignKey(Set, on_delete=models.PROTECT, related_name="orders")
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    language = models.CharField(
        max_length=2, choices=[("en", "English"), ("es", "Spanish"), ("fa", "Persian")]
    )
    country = models.CharField(max_length=2)
    # As the customer typed it, with any text beside the code: a bad code stops no request.
    box_code = models.CharField(max_length=80, blank=True)
    channel = models.CharField(max_length=5, choices=Channel.choices)
    review_reasons = models.JSONField(default=list, blank=True)
    # The customer described a part of it in words (OrderContact). It stays in review until service finds out what
    # they mean; until then the set may be a placeholder (orders.unlisted).
    to_identify = models.BooleanField(default=False)
    end_reason = models.CharField(max_length=20, blank=True)
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    placed_by = models.ForeignKey(
        ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    link_version = models.PositiveSmallIntegerField(default=1)
    link_renewed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    # When it was closed, cancelled or declined; empty while it lives (orders.lifecycle).
    ended_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "received",
                        "in_review",
                        "allocated",
                        "backordered",
                        "closed",
                        "cancelled",
                        "declined",
                    ]
                ),
                name="order_state_known",
            ),
            models.CheckConstraint(condition=Q(language__in=["en", "es", "fa"]), name="order_language_known"),
            models.CheckConstraint(
                condition=Q(to_identify=False) | Q(state__in=["in_review", "cancelled", "declined"]),
                name="order_described_is_in_review",
            ),
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | ~Q(follows=F("id")), name="order_does_not_follow_itself"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], name="order_by_state_and_age"),
            models.Index(fields=["created_at"], name="order_by_age"),
            models.Index(fields=["placed_by", "created_at"], name="order_by_key"),
            models.Index(
                fields=["id"],
                condition=Q(ended_at__isnull=False, erased_at__isnull=True),
                name="order_ended_not_erased",
            ),
            models.Index(
                fields=["id"],
                condition=Q(erased_at__isnull=False, ended_at__isnull=True),
                name="order_erased_living",
            ),
            models.Index(fields=["erased_at"], condition=Q(erased_at__isnull=False), name="order_by_erasure"),
            models.Index(
                fields=["id"],
                condition=Q(state__in=["received", "allocated", "backordered"]),
                name="order_open",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class OrderContact(models.Model):
    """The personal data of an order, in one row that erasing deletes."""

    class AgeBand(models.TextChoices):
        UP_TO_6 = "0-6"
        FROM_7 = "7-12"
        FROM_13 = "13-17"
        GROWN_UP = "18+"

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="contact", primary_key=True)
    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254)
    line1 = models.CharField(max_length=120)
    line2 = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=200, blank=True)
    region = models.CharField(max_length=80, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2)
    builder_name = models.CharField(max_length=200, blank=True)
    builder_age_band = models.CharField(max_length=5, choices=AgeBand.choices, blank=True)
    message = models.CharField(max_length=1000, blank=True)
    bought_at = models.CharField(max_length=80, blank=True)
    # The customer's words for what is not in our catalogue: which set, and what is missing from it.
    described_set = models.CharField(max_length=100, blank=True)
    described = models.CharField(max_length=1000, blank=True)
    # The keys of a household: normalised, so that another capital or blank makes no second household.
    email_key = models.CharField(max_length=254)
    address_key = models.CharField(max_length=500)

    class Meta:
        indexes = [
            models.Index(fields=["email_key"], name="contact_by_email"),
            models.Index(fields=["address_key"], name="contact_by_address"),
        ]

    def __str__(self) -> str:
        return f"contact of {self.order_id}"


class OrderLine(models.Model):
    """A bag or a piece asked for. `reserved`, `backordered`, `shipped` and `waived` share out its quantity.

    `waived` is what the customer goes without in the end: left out as they agreed, or given up with the rest.

    `bag` is empty until staff enter the bag whose label the customer typed.
    """

    class Reason(models.TextChoices):
        MISSING = "missing"
        DAMAGED = "damaged"
        LOST = "lost"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    bag = models.ForeignKey(Bag, null=True, blank=True, on_delete=models.PROTECT, related_name="order_lines")
    bag_label = models.CharField(max_length=12, blank=True)
    piece = models.ForeignKey(
        Piece, null=True, blank=True, on_delete=models.PROTECT, related_name="order_lines"
    )
    quantity = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=10, choices=Reason.choices, default=Reason.MISSING)
    reserved = models.PositiveIntegerField(default=0)
    backordered = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    waived = models.PositiveIntegerField(default=0)
    found_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_position_once"),
            models.CheckConstraint(
                condition=Q(piece__isnull=False, bag__isnull=True, bag_label="")
                | (Q(piece__isnull=True) & ~Q(bag_label="")),
                name="order_line_is_a_bag_or_a_piece",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_quantity_positive"),
            models.CheckConstraint(
                condition=Q(bag_label="") | Q(quantity=1), name="order_line_bag_is_asked_for_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("reserved") + F("backordered") + F("shipped") + F("waived")),
                name="order_line_shares_within_quantity",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["missing", "damaged", "lost"]), name="order_line_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.position}"

    @property
    def reference(self) -> str:
        """The warehouse's name for this line."""
        return f"line:{self.pk}"

    @property
    def open_quantity(self) -> int:
        """The quantity that still needs stock."""
        return 0 if self.found_at else self.quantity - self.reserved - self.shipped - self.waived


class Backorder(models.Model):
    """An item that a line waits for, and the quantity. Older lines (by id) come first."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="backorders")
    item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="backorders")
    quantity = models.PositiveIntegerField()
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "item"], name="backorder_once_per_line_and_item"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="backorder_quantity_positive"),
        ]
        indexes = [models.Index(fields=["item", "line"], name="backorder_by_item")]

    def __str__(self) -> str:
        return f"{self.line_id} waits for {self.quantity} x {self.item_id}"


class Substitution(models.Model):
    """An offer to the customer of another piece instead of one that a line waits for, and their answer.

    `wanted` is the line's own piece, or a piece of its bag.
    """

    class Answer(models.TextChoices):
        YES = "yes"
        NO = "no"
        WAIT = "wait"
        SEND_REST = "send_rest"

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, related_name="substitutions")
    wanted = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="+")
    offered = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(answer=""), name="substitution_one_open_offer_per_line"
            ),
            models.CheckConstraint(condition=~Q(wanted=F("offered")), name="substitution_is_another_piece"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="substitution_quantity_positive"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | Q(answer__in=["yes", "no", "wait", "send_rest"], answered_at__isnull=False),
                name="substitution_answer_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offered_id} instead of {self.wanted_id} for line {self.line_id}"


class Event(models.Model):
    """What happened to an order, when, and by whom. `data` holds numbers and codes, never names."""

    class By(models.TextChoices):
        CUSTOMER = "customer"
        STAFF = "staff"
        SYSTEM = "system"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    type = models.CharField(max_length=30)
    by = models.CharField(max_length=8, choices=By.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(by__in=["customer", "staff", "system"]), name="event_by_known"
            ),
        ]
        indexes = [models.Index(fields=["order", "id"], name="event_by_order")]

    def __str__(self) -> str:
        return f"{self.type} of {self.order_id}"


class Letter(models.Model):
    """The cover letter of an order, and what people wished of it; its versions hold what was written when.

    A version follows from the order, `seed`, `tone`, `note`, `edits` and `print_as`. A letter that must not leave as it
    is waits for service: `hold_reason` says why, `hold_detail` lists what service has to check.
    """

    class Tone(models.TextChoices):
        THEME = ""
        SERIOUS = "serious"

    class Hold(models.TextChoices):
        NONE = ""
        UNPRINTABLE = "unprintable"
        UNTRUE = "untrue"

    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="letter")
    seed = models.CharField(max_length=32, blank=True)
    # The same for all letters about one set in one language: these should not read alike.
    alike = models.CharField(max_length=32, blank=True)
    tone = models.CharField(max_length=10, choices=Tone.choices, blank=True)
    note = models.CharField(max_length=2000, blank=True)
    edits = models.JSONField(default=dict, blank=True)  # a composed paragraph -> the text in its place
    print_as = models.JSONField(default=dict, blank=True)  # a typed text -> what is printed for it
    hold_reason = models.CharField(max_length=12, choices=Hold.choices, blank=True)
    hold_detail = models.JSONField(default=list, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hold_reason="", held_at__isnull=True)
                | (Q(hold_reason__in=["unprintable", "untrue"]) & Q(held_at__isnull=False)),
                name="letter_held_has_reason_and_time",
            ),
            models.CheckConstraint(condition=Q(tone__in=["", "serious"]), name="letter_tone_known"),
        ]
        indexes = [
            models.Index(fields=["alike", "-id"], name="letter_alike"),
            models.Index(fields=["held_at"], condition=Q(held_at__isnull=False), name="letter_held"),
        ]

    def __str__(self) -> str:
        return f"letter of {self.order_id}"


class LetterVersion(models.Model):
    """A letter's text, frozen when it was composed: the PDF is a pure function of `data` and `template`.

    `author` is the person who changed it, none where it stands as composed. `shipment` is the parcel it speaks of.
    """

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=300)
    body = models.TextField(max_length=20_000)
    html_body = models.TextField(max_length=60_000, blank=True)
    data = models.JSONField()
    template = models.CharField(max_length=40)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    shipment = models.ForeignKey(
        "Shipment", null=True, blank=True, on_delete=models.SET_NULL, related_name="letters_about"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["letter", "version"], name="letter_version_once"),
            models.CheckConstraint(condition=Q(version__gt=0), name="letter_version_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.letter_id} v{self.version}"


class Wave(models.Model):
    """Orders picked together in one walk, sorted by bin."""

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return f"wave {self.pk}"


class Shipment(models.Model):
    """A parcel: what lies in it, how heavy it must be and how heavy it was, who carries it."""

    class Status(models.TextChoices):
        PICKING = "picking"
        PACKED = "packed"
        SHIPPED = "shipped"
        DELIVERED = "delivered"
        RETURNED = "returned"

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="shipments")
    slot = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PICKING)
    expected_weight_mg = models.PositiveIntegerField(null=True, blank=True)
    tolerance_mg = models.PositiveIntegerField(null=True, blank=True)
    measured_weight_mg = models.PositiveIntegerField(null=True, blank=True)
    override_reason = models.CharField(max_length=200, blank=True)
    letter_version = models.ForeignKey(
        LetterVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="shipments"
    )
    carrier = models.CharField(max_length=40, blank=True)
    tracking_number = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    packed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    # When what came back in it was sent again: from then on this parcel counts for nothing.
    resent_at = models.DateTimeField(null=True, blank=True)
    prints = models.PositiveSmallIntegerField(default=0)  # how often its papers were printed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "slot"], name="shipment_slot_once_per_wave"),
            models.UniqueConstraint(
                fields=["order"], condition=Q(status="picking"), name="shipment_one_in_picking_per_order"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["picking", "packed", "shipped", "delivered", "returned"]),
                name="shipment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="picking") | Q(packed_at__isnull=False), name="shipment_packed_has_a_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["picking", "packed"]) | Q(shipped_at__isnull=False),
                name="shipment_shipped_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(resent_at__isnull=True) | Q(status="returned"),
                name="shipment_only_what_came_back_is_sent_again",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "created_at"], name="shipment_by_status_and_age"),
            models.Index(fields=["packed_at"], name="shipment_by_packing"),
            models.Index(fields=["shipped_at"], name="shipment_by_shipping"),
        ]

    def __str__(self) -> str:
        return f"shipment {self.pk}"


class ShipmentLine(models.Model):
    """The quantity of an order's line that lies in a parcel."""

    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shipment_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "line"], name="shipment_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="shipment_line_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of line {self.line_id}"


class PutBack(models.Model):
    """Something picked that belongs to no parcel any more: the books have it in its bin, but it lies in its slot.

    `done_at` says when a worker carried it to the bin. `parcel` is the shipment it was picked for, which may be gone.
    """

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="put_backs")
    slot = models.PositiveSmallIntegerField()
    parcel = models.PositiveBigIntegerField()
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="put_backs")
    quantity = models.PositiveIntegerField()
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="put_back_quantity_positive"),
        ]
        indexes = [models.Index(fields=["parcel"], name="put_back_by_parcel")]

    def __str__(self) -> str:
        return f"{self.quantity} from slot {self.slot} of wave {self.wave_id}"


class Pick(models.Model):
    """One stop of a walk: a quantity of an item to take from a bin, for one or several parcels."""

    class ShortReason(models.TextChoices):
        OTHER_BIN = "other_bin"
        NOT_FOUND = "not_found"
        DAMAGED = "damaged"

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="picks")
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="picks")
    quantity = models.PositiveIntegerField()
    picked_quantity = models.PositiveIntegerField(null=True, blank=True)
    short_reason = models.CharField(max_length=10, choices=ShortReason.choices, blank=True)
    picked_at = models.DateTimeField(null=True, blank=True)
    picked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "level"], name="pick_once_per_wave_and_level"),
            models.CheckConstraint(
                condition=Q(picked_quantity__isnull=True, picked_at__isnull=True)
                | Q(picked_quantity__isnull=False, picked_at__isnull=False),
                name="pick_done_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(picked_quantity__isnull=True) | Q(picked_quantity__lte=F("quantity")),
                name="pick_at_most_what_was_asked",
            ),
        ]

    def __str__(self) -> str:
        return f"pick {self.pk} of wave {self.wave_id}"


class PickShare(models.Model):
    """The quantity of a pick that goes to a line of a parcel, and how much of it was picked."""

    pick = models.ForeignKey(Pick, on_delete=models.CASCADE, related_name="shares")
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="shares")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="shares")
    quantity = models.PositiveIntegerField()
    picked_quantity = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pick", "line"], name="pick_share_once_per_pick_and_line"),
            models.CheckConstraint(
                condition=Q(picked_quantity__lte=F("quantity")), name="pick_share_at_most_what_was_asked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of pick {self.pick_id} for line {self.line_id}"


class PrintRun(models.Model):
    """The papers of a whole wave, made part by part into one PDF under `VAR/prints`, which is kept for some hours.

    The row holds nothing personal. The file does: it goes when its time is up or one of its orders is erased.
    `failed_at`, `failure`: when and why its last try went wrong.
    """

    class Failure(models.TextChoices):
        STORAGE = "storage"
        INCOMPLETE = "incomplete"
        OTHER = "other"

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="print_runs")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT
    )
    requested_at = models.DateTimeField()
    parcels = models.JSONField(default=list)  # ids of the shipments, in the order of the walk
    done = models.PositiveIntegerField(default=0)  # how many of them are typeset
    pages = models.PositiveIntegerField(default=0)
    parts = models.JSONField(
        default=list
    )  # of each part that is made: its first parcel, its parcels, its pages
    file = models.CharField(max_length=80, unique=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=10, choices=Failure.choices, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(failure="", failed_at__isnull=True)
                | (Q(failure__in=["storage", "incomplete", "other"]) & Q(failed_at__isnull=False)),
                name="print_run_failed_has_reason_and_time",
            ),
        ]

    def __str__(self) -> str:
        return f"print run {self.pk} of wave {self.wave_id}"


class Access(models.Model):
    """That a member of staff, or a program of theirs, saw personal data: who, when (to the minute), whose, and where.

    Once for each minute, actor, order and kind. `order` is empty for a list about several. Never the data itself.
    """

    class Kind(models.TextChoices):
        ORDER = "order", "Order page"
        WORDS = "words", "Customer's words"
        MAIL = "mail", "Mail"
        LETTER = "letter", "Letter"
        ADDRESS = "address", "Address on a parcel's page"
        PAPERS = "papers", "Printed papers"
        LIST = "list", "List of letters"

    at = models.DateTimeField()
    actor = models.CharField(max_length=30)  # user:3 or key:5, so that one column says who
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)
    key = models.ForeignKey(ApiKey, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.CASCADE, related_name="accesses")
    kind = models.CharField(max_length=10, choices=Kind.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "at", "actor", "kind"], name="access_once_a_minute_and_order"
            ),
            models.UniqueConstraint(
                fields=["at", "actor", "kind"],
                condition=Q(order__isnull=True),
                name="access_once_a_minute_to_a_list",
            ),
        ]
        indexes = [
            models.Index(fields=["actor", "-id"], name="access_by_actor"),
            models.Index(fields=["at"], name="access_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.order_id} by {self.actor}"


class RetentionRun(models.Model):
    """One day's run of what anonymises old orders, and prunes what else ages: how far it is, and what it did.

    It works in pieces, by stages; `position` is the last id of the stage that is done.
    """

    day = models.DateField(unique=True)
    up_to = models.DateTimeField()  # orders whose last parcel left before, or that ended before without one
    stage = models.CharField(max_length=20, default="orders")
    position = models.BigIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    still_open = models.PositiveIntegerField(
        default=0
    )  # orders as old that have not ended, so keep their data
    pruned = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"retention on {self.day}"


class Round(models.Model):
    """How far a round through many rows has come (orders.rounds). `position` is the last key that was looked at.

    `wish` is that of the job that goes on from there: a job with another one begins again.
    """

    name = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField(default=0)
    wish = models.CharField(max_length=16, blank=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.position}"

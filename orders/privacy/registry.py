"""The one list of where an order's personal data lies, and what becomes of it.

Erasing, export, redaction and retention are made from it; there is no second list. A test compares it with every text
column of every table: a new one is registered here, or stands in `IMPERSONAL` with the reason.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet
from django.utils import timezone

from core.idempotency import ERASED
from core.models import IdempotencyKey
from notifications.mail.outbox import forget_files
from notifications.models import Message
from orders.intake.box_codes import plain_code
from orders.mails import reference_of
from orders.models import Access, Letter, LetterVersion, Order, OrderContact, OrderLine, Shipment
from orders.parcels.printing import forget_prints


@dataclass(frozen=True, slots=True)
class Personal:
    """One column. `export` is its name in the customer's document, empty where the document leaves it out.

    Where its row stays, erasing blanks it: `blank` is what it then holds; or `reduce` makes from the row what may stay.
    `mask`: what stands in it identifies a person, so it is masked in texts for people who need only the words.
    """

    name: str
    export: str = ""
    mask: bool = False
    blank: Any = ""
    reduce: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """A table with personal columns: how an order's rows are found, and what erasing does to them.

    `by` is the lookup from a row to its order's id, or to the reference that names it. `deleted`: the whole rows go.
    `marks` is written to rows that stay. `before` is called with the ids of the orders, in the erasing transaction,
    for what lies in files. `section` is their place in the customer's document, with `beside`, columns that are not
    personal. `ages` says what else makes the data go.
    """

    model: type[Model]
    by: str
    columns: tuple[Personal, ...]
    by_reference: bool = False
    deleted: bool = False
    marks: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Collection[int]], None] | None = None
    section: str = ""
    beside: tuple[str, ...] = ()
    ages: str = "with its order"

    def of_orders(self, order_ids: Collection[int]) -> QuerySet[Any]:
        """The rows of these orders."""
        wanted = [reference_of(order_id) for order_id in order_ids] if self.by_reference else list(order_ids)
        return self.model._default_manager.filter(**{f"{self.by}__in": wanted})


# What is printed on bags: a number, with a letter at most, or a short code.
_LABEL = re.compile(r"[0-9]{1,3}[A-Z]?|[A-Z][0-9]{0,3}")


def _plain_label(line: OrderLine) -> str:
    """The label of a line's bag: as entered by staff, or a question mark for what looks like no label."""
    return line.bag_label if line.bag_id is not None or _LABEL.fullmatch(line.bag_label or "1") else "?"


REGISTRY: list[PersonalRows] = [
    PersonalRows(
        OrderContact,
        "order_id",
        (
            Personal("name", export="name", mask=True),
            Personal("email", export="email", mask=True),
            Personal("line1", export="line1", mask=True),
            Personal("line2", export="line2", mask=True),
            Personal("city", export="city", mask=True),
            Personal("region", export="region"),
            Personal("postal_code", export="postal_code", mask=True),
            Personal("country", export="country"),
            Personal("builder_name", export="builder_name", mask=True),
            Personal("builder_age_band", export="builder_age_band"),
            Personal("message", export="message"),
            Personal("bought_at", export="bought_at"),
            Personal("described_set", export="described_set"),
            Personal("described", export="described"),
            Personal("email_key"),
            Personal("address_key"),
        ),
        deleted=True,
        section="you",
    ),
    PersonalRows(
        Order,
        "pk",
        # The customer may have typed anything beside the code, or in its place.
        (Personal("box_code", export="box_code", reduce=lambda order: plain_code(order.box_code)),),
        section="order",
    ),
    PersonalRows(
        OrderLine,
        "order_id",
        # Until staff have entered the bag, its label is what the customer typed.
        (Personal("bag_label", export="bag", reduce=_plain_label),),
        section="lines",
    ),
    PersonalRows(
        Letter,
        "order_id",
        (
            Personal("note"),
            Personal("edits"),
            Personal("print_as"),
            Personal("hold_detail"),
        ),
        deleted=True,
    ),
    PersonalRows(
        LetterVersion,
        "letter__order_id",
        (
            Personal("subject", export="subject"),
            Personal("body", export="body"),
            Personal("html_body"),
            Personal("data"),
        ),
        deleted=True,
        section="letters",
        beside=("version", "created_at"),
    ),
    PersonalRows(
        Message,
        "reference",
        (
            Personal("to_email", export="to_email"),
            Personal("subject", export="subject"),
            Personal("body", export="body"),
            Personal("html_body"),
            Personal("provider_id"),
            Personal("last_error"),
            Personal("address_key"),
        ),
        by_reference=True,
        deleted=True,
        before=lambda order_ids: forget_files([reference_of(order_id) for order_id in order_ids]),
        section="mails",
        beside=("kind", "created_at", "sent_at"),
    ),
    PersonalRows(
        Shipment,
        "order_id",
        # A carrier's page shows for its number where a parcel went. A lead's reason is words about a customer's parcel.
        (Personal("tracking_number", export="tracking_number"), Personal("override_reason")),
        before=forget_prints,
        section="parcels",
        beside=("status", "carrier", "shipped_at"),
        ages="with its order; printed papers after PRINTS_KEPT_HOURS",
    ),
    PersonalRows(
        IdempotencyKey,
        "reference",
        # The row stays, so that the same request places nothing again; its key is the caller's own word for it.
        (Personal("body", blank=None),),
        by_reference=True,
        marks={"status": ERASED},
        ages="a day after the request",
    ),
]


@dataclass(frozen=True, slots=True)
class Ageing:
    """A table that no order leads to and whose rows age: `overdue` finds them; they are deleted, or get `blank`."""

    name: str
    model: type[Model]
    overdue: Callable[[], QuerySet[Any]]
    blank: dict[str, Any] = field(default_factory=dict)


def days_ago(days: int) -> datetime:
    """The moment before which what is kept for a number of days is overdue."""
    return timezone.now() - timedelta(days=days)


AGEING: list[Ageing] = [
    Ageing("access_log", Access, lambda: Access.objects.filter(at__lt=days_ago(settings.ACCESS_LOG_DAYS))),
    Ageing("sessions", Session, lambda: Session.objects.filter(expire_date__lt=timezone.now())),
    # No personal table has admin pages (a test holds that), but what a lead typed there may have named a customer.
    Ageing(
        "admin_log",
        LogEntry,
        lambda: LogEntry.objects.filter(action_time__lt=days_ago(settings.RETENTION_DAYS)).exclude(
            object_repr="", change_message=""
        ),
        blank={"object_repr": "", "change_message": ""},
    ),
]

# Every other text column, with the reason why it is not personal. {model: [(columns, reason)]}
_CATALOGUE = "what the maker says of its sets"
_CODES = "codes and numbers of ours"
_STAFF = "about staff, not customers"
IMPERSONAL: dict[str, list[tuple[str, str]]] = {
    "accounts.User": [("password username first_name last_name email role", _STAFF)],
    "accounts.ApiKey": [("name prefix secret_hash role scopes", "about a program")],
    "admin.LogEntry": [
        ("object_id", "the number of a row"),
        ("object_repr change_message", "ages: admin_log"),
    ],
    "auth.Group": [("name", _STAFF)],
    "auth.Permission": [("name codename", "Django's own")],
    "contenttypes.ContentType": [("app_label model", "Django's own")],
    "sessions.Session": [("session_key session_data", "of staff; ages: sessions")],
    "otp_totp.TOTPDevice": [("name key", _STAFF)],
    "otp_static.StaticDevice": [("name", _STAFF)],
    "otp_static.StaticToken": [("token", _STAFF)],
    "core.Job": [
        ("kind subject state wish reason", _CODES),
        ("last_error", "places in our code, never an error's text"),
        ("note decided_by", "staff's own words about a job, and who wrote them"),
    ],
    "core.Heartbeat": [("name queues", "about a worker")],
    "core.IdempotencyKey": [
        ("caller operation request_hash reference", "numbers and keyed digests, gone after a day"),
        ("key", "a program's own word for a request, gone after a day"),
    ],
    "catalog.Theme": [("name", _CATALOGUE)],
    "catalog.Color": [("name rgb", _CATALOGUE)],
    "catalog.Part": [("part_num name category material", _CATALOGUE)],
    "catalog.PartRelation": [("kind", _CATALOGUE)],
    "catalog.Piece": [("weight_kind image_url", _CATALOGUE)],
    "catalog.Element": [("element_id", _CATALOGUE)],
    "catalog.Set": [("set_num name image_url", _CATALOGUE)],
    "catalog.Inventory": [("source_hash bags_hash", "digests of files")],
    "catalog.Bag": [("label", _CATALOGUE)],
    "catalog.Content": [("minifig sub_set", _CATALOGUE)],
    "catalog.Word": [("kind text", "words of the catalogue, for search")],
    "catalog.Correction": [
        ("field bag_label before after source", _CATALOGUE),
        ("reason", "what staff say about a set"),
    ],
    "catalog.ImportRun": [
        ("state folder files doing unit counts sentences error_code error", "about files of the catalogue")
    ],
    "warehouse.Bin": [("code", _CODES)],
    "warehouse.StockItem": [("sku", _CODES)],
    "warehouse.StockMovement": [("reason reference", _CODES)],
    "warehouse.Reservation": [("reference", _CODES)],
    "warehouse.Entry": [("key", "a scanner's random word")],
    "notifications.Voice": [("key language theme_names villain hero ornament accent", "our own texts")],
    "notifications.Sentence": [("language slot text", "our own texts")],
    "notifications.Message": [
        (
            "reference key kind language message_id in_reply_to state hold_reason",
            "numbers, codes and random words",
        )
    ],
    "notifications.Alarm": [("name", "the name of a part or of a kind of work")],
    "orders.Order": [
        ("number state channel review_reasons end_reason", _CODES),
        ("language country", "statistics"),
    ],
    "orders.OrderLine": [("reason", _CODES)],
    "orders.Substitution": [("answer", _CODES)],
    "orders.Event": [("type by", _CODES), ("data", "numbers and codes, never names")],
    "orders.Letter": [("seed alike tone hold_reason", _CODES)],
    "orders.LetterVersion": [("language template", _CODES)],
    "orders.Shipment": [("status", _CODES), ("carrier", "the name of a firm")],
    "orders.Pick": [("short_reason", _CODES)],
    "orders.Round": [("name wish", "what is looked through")],
    "orders.PrintRun": [("parcels parts", "numbers of rows"), ("file failure", "a random name and a code")],
    "orders.Access": [("actor kind", "who of the staff, and a code")],
    "orders.RetentionRun": [("stage pruned", "counts")],
    "quality.Investigation": [("state", _CODES), ("cause", "what staff say about the packing")],
}

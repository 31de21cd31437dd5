"""Failed work as staff see it: what each job or mail is about, with a link to it, in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from accounts.models import User
from core.models import Job
from dashboard.access import LEAD, WAREHOUSE
from dashboard.paging import PAGE_SIZE
from dashboard.wording import JOB_REASONS, MAIL_KINDS, MAIL_STATES, item_words
from notifications.failed_work import LOST_STATES, MAIL, failed_jobs
from notifications.models import Message
from orders.mails import orders_of
from orders.models import Order, PrintRun
from warehouse.models import StockItem

#: The kinds of job whose subject is an order's id, and the one whose subject begins with its number.
ORDER_KINDS = ("fulfil_order", "write_letter", "mail_waiting")
LINK = "mail_link"

T = TypeVar("T", bound=Model)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a row is about: its words, where the user may look at it, and the order that it belongs to."""

    words: str
    url: str = ""
    order: Order | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A job, or a lost mail without one: `path` is its part of an address, such as `jobs/7`."""

    path: str
    kind: str
    subject: Subject
    why: str
    since: datetime | None
    set_aside: datetime | None
    attempts: int
    job: Job | None = None
    mail: Message | None = None


@dataclass(frozen=True, slots=True)
class Piece(Generic[T]):
    """Some rows of a long list, and the query of those behind them. Rows that leave the list shift nothing."""

    rows: Sequence[T]
    older: str
    is_first: bool


def piece_of(
    rows: "QuerySet[Any, T]", field: str, *, after: str, size: int = PAGE_SIZE, **kept: str
) -> Piece[T]:
    """The rows behind the place `after`, in the order of `-field`, `-pk`. A place that is none is the start."""
    place = _read_place(after)
    if place is not None:
        at, pk = place
        rows = rows.filter(
            Q(**{f"{field}__lt": at}) | Q(**{field: at, "pk__lt": pk}), **{f"{field}__lte": at}
        )
    found = list(rows[: size + 1])
    older = ""
    if len(found) > size:
        last = found[size - 1]
        older = "?" + urlencode({**kept, "after": f"{getattr(last, field).isoformat()}_{last.pk}"})
    return Piece(rows=found[:size], older=older, is_first=place is None)


def _read_place(text: str) -> tuple[datetime, int] | None:
    moment, _, pk = text.partition("_")
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    if at is None or at.tzinfo is None or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    return at, int(pk)


def rows_of_jobs(jobs: Sequence[Job], user: User) -> list[Row]:
    """The jobs with what they are about."""
    subjects = _subjects_of(jobs, user)
    return [
        Row(
            path=f"jobs/{job.pk}",
            kind=job.kind,
            subject=subjects.get((job.kind, job.subject)) or Subject(_gone(job)),
            why=JOB_REASONS.get(job.reason, ""),
            since=job.failing_since,
            set_aside=job.failed_at,
            attempts=job.attempts,
            job=job,
        )
        for job in jobs
    ]


def rows_of_mails(mails: Sequence[Message]) -> list[Row]:
    """The lost mails with their orders."""
    subjects = _mail_subjects(mails)
    return [
        Row(
            path=f"mails/{mail.pk}",
            kind=MAIL,
            subject=subjects[str(mail.pk)],
            why=MAIL_STATES[mail.state],
            since=mail.created_at,
            set_aside=None,
            attempts=mail.tries,
            mail=mail,
        )
        for mail in mails
    ]


def failed_jobs_of(order: Order, mails: Iterable[Message]) -> list[Job]:
    """The failed jobs of an order: its stock, its letter, its link and its mails."""
    of_order = Q(kind__in=ORDER_KINDS, subject=str(order.pk))
    of_link = Q(kind=LINK, subject__startswith=f"{order.number}:")
    lost = [str(mail.pk) for mail in mails if mail.state in LOST_STATES]
    return list(failed_jobs().filter(of_order | of_link | Q(kind=MAIL, subject__in=lost))[:10])


def _gone(job: Job) -> str:
    return {
        MAIL: "The mail is gone: its order was erased",
        "serve_waiting": "The item is gone",
        "print_wave": "The papers are gone: their time was up",
        "index_catalog": "The names in the catalogue",
        "look_again": "All orders that are open",
        "late_notices": "All orders that wait",
    }.get(job.kind, job.subject.partition(":")[0])


def _subjects_of(jobs: Sequence[Job], user: User) -> dict[tuple[str, str], Subject]:
    found: dict[tuple[str, str], Subject] = {}
    by_kind: dict[str, set[str]] = {}
    for job in jobs:
        by_kind.setdefault(job.kind, set()).add(job.subject)
    found |= _of_orders(by_kind)
    if by_kind.get(MAIL):
        mails = Message.objects.filter(pk__in=_ids(by_kind[MAIL])).only("reference", "kind", "state")
        found |= {(MAIL, subject): words for subject, words in _mail_subjects(list(mails)).items()}
    if by_kind.get("serve_waiting"):
        items = StockItem.objects.select_related("piece__part", "piece__color", "bag__set")
        for item in items.filter(pk__in=_ids(by_kind["serve_waiting"])):
            url = reverse("dashboard:item", args=[item.pk]) if user.has_role(WAREHOUSE) else ""
            found["serve_waiting", str(item.pk)] = Subject(item_words(item), url)
    if by_kind.get("print_wave"):
        for run in PrintRun.objects.filter(pk__in=_ids(by_kind["print_wave"])).only("wave_id"):
            url = reverse("dashboard:wave", args=[run.wave_id]) if user.has_role(WAREHOUSE) else ""
            found["print_wave", str(run.pk)] = Subject(f"Wave {run.wave_id}", url)
    for subject in by_kind.get("import_catalog", ()):
        url = reverse("dashboard:catalog_import", args=_ids([subject])) if user.has_role(LEAD) else ""
        found["import_catalog", subject] = Subject(f"Import {subject}", url)
    for subject in by_kind.get("retention", ()):
        url = reverse("dashboard:retention") if user.has_role(LEAD) else ""
        found["retention", subject] = Subject(f"Run {subject}", url)
    return found


def _of_orders(by_kind: dict[str, set[str]]) -> dict[tuple[str, str], Subject]:
    """The subjects of jobs that are about an order, by its id or its number."""
    ids = {pk for kind in ORDER_KINDS for pk in _ids(by_kind.get(kind, ()))}
    numbers = {subject.partition(":")[0] for subject in by_kind.get(LINK, ())}
    if not ids and not numbers:
        return {}
    found: dict[tuple[str, str], Subject] = {}
    orders = Order.objects.filter(Q(pk__in=ids) | Q(number__in=numbers)).only("number")
    by_number = {order.number: order for order in orders}
    for order in by_number.values():
        for kind in ORDER_KINDS:
            found[kind, str(order.pk)] = _order_subject(order)
    for subject in by_kind.get(LINK, ()):
        number = subject.partition(":")[0]
        if number in by_number:
            found[LINK, subject] = _order_subject(by_number[number])
    return found


def _order_subject(order: Order) -> Subject:
    return Subject(order.number, reverse("dashboard:order", args=[order.number]), order)


def _mail_subjects(mails: Sequence[Message]) -> dict[str, Subject]:
    orders = orders_of({mail.reference for mail in mails}) if mails else {}
    found = {}
    for mail in mails:
        words = MAIL_KINDS.get(mail.kind, mail.kind)
        order = orders.get(mail.reference)
        url = reverse("dashboard:mail", args=[order.number, mail.pk]) if order else ""
        found[str(mail.pk)] = Subject(words, url, order)
    return found


def _ids(subjects: Iterable[str]) -> list[int]:
    return [
        int(subject) for subject in subjects if subject.isascii() and subject.isdigit() and len(subject) < 19
    ]

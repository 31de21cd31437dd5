"""The one way in: web form, REST API and staff pages all place an order here."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import ApiKey
from catalog.models import Bag, Piece, Set
from catalog.reading import find_element, find_piece, find_set, quantities_in_set
from core.codes import new_code
from core.jobs import request_job
from core.refusals import Problem, Refusal
from core.text import ascii_digits, has_control_characters
from orders import mails
from orders.actors import CUSTOMER, Actor
from orders.addresses import check_address
from orders.lifecycle import record_event
from orders.models import Order, OrderContact, OrderLine
from orders.requests import LineRequest, OrderRequest

LANGUAGES = ("en", "es", "fa")
MAX_LINES = 100
REASONS = tuple(OrderLine.Reason.values)
AGE_BANDS = tuple(OrderContact.AgeBand.values)
NUMBER_TRIES = 8


@dataclass(frozen=True, slots=True)
class _CheckedLine:
    bag: Bag | None
    bag_label: str
    piece: Piece | None
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Checked:
    """A request without a problem, and what its household is recognised by."""

    set: Set
    lines: list[_CheckedLine]
    email_key: str
    address_key: str


def place_order(
    *,
    request: OrderRequest,
    channel: str,
    actor: Actor = CUSTOMER,
    placed_by: ApiKey | None = None,
    exempt_from_limits: bool = False,
    follows: Order | None = None,
) -> Order:
    """Place an order.

    1. Check the request against the set's contents and the address rules; refuse with every problem at once.
    2. See whether a person should have a look first.
    3. Write order, contact, lines, event and jobs in one transaction; on commit the jobs are woken.

    Raises Refusal `invalid`.
    """
    checked = _check(request)
    with transaction.atomic():
        reasons = _review_reasons(checked, exempt_from_limits, follows)
        order = _create_order(
            set=checked.set,
            state=Order.State.IN_REVIEW if reasons else Order.State.RECEIVED,
            language=read_language(request.customer.language),
            country=request.address.country.strip().upper(),
            box_code=request.box_code.strip(),
            channel=channel,
            review_reasons=reasons,
            placed_by=placed_by,
            follows=follows,
            created_at=timezone.now(),
        )
        _create_contact(order, request, checked.email_key, checked.address_key)
        OrderLine.objects.bulk_create(
            [
                OrderLine(
                    order=order,
                    position=position,
                    bag=line.bag,
                    bag_label=line.bag_label,
                    piece=line.piece,
                    quantity=line.quantity,
                    reason=line.reason,
                )
                for position, line in enumerate(checked.lines, start=1)
            ]
        )
        record_event(order, "received", actor)
        if reasons:
            record_event(order, "in_review", actor, reasons=reasons)
            mails.queue_mail(order, "in_review")
        else:
            request_order_jobs(order)
    return order


def preview_order(*, request: OrderRequest) -> list[str]:
    """What placing this request would come to, with nothing written: the reasons for a person to look first, or none.

    Raises Refusal `invalid`, as placing would.
    """
    return _review_reasons(_check(request), False, None)


def request_order_jobs(order: Order) -> None:
    """Set both jobs of an order going: its parts and its letter."""
    request_job("fulfil_order", order.pk)
    request_job("write_letter", order.pk)


def read_language(tag: str) -> str:
    """The language we write in for a language tag: `es-MX` is es, what we do not speak becomes en."""
    language = tag.replace("_", "-").partition("-")[0].strip().lower()
    return language if language in LANGUAGES else "en"


def _check(request: OrderRequest) -> _Checked:
    """Raises Refusal `invalid` with every problem at once."""
    problems = _text_problems(request)
    set_ = find_set(request.set_num)
    if set_ is None or set_.retired_at is not None:
        problems.append(Problem("/set_num", "unknown_set", _("We do not know a set with this number.")))
        lines: list[_CheckedLine] = []
    else:
        lines = _check_lines(set_, request.lines, problems)
    address_problems, address_key = check_address(request.address)
    problems.extend(p for p in address_problems if p.pointer not in {known.pointer for known in problems})
    if problems or set_ is None:
        raise Refusal("invalid", _("Some of this needs another look."), problems=problems)
    return _Checked(set_, lines, request.customer.email.strip().casefold(), address_key)


def _text_problems(request: OrderRequest) -> list[Problem]:
    customer, address, builder = request.customer, request.address, request.builder
    fields = [
        ("/customer/name", customer.name, 100, _("Enter your name.")),
        ("/customer/email", customer.email, 254, _("Enter your e-mail address.")),
        ("/customer/language", customer.language, 35, None),
        ("/address/line1", address.line1, 120, _("Enter the street and house number.")),
        ("/address/line2", address.line2, 120, None),
        ("/address/city", address.city, 80, None),
        ("/address/region", address.region, 80, None),
        ("/address/postal_code", address.postal_code, 20, None),
        ("/builder/name", builder.name, 60, None),
        ("/message", request.message, 1000, None),
        ("/box_code", request.box_code, 20, None),
        ("/bought_at", request.bought_at, 80, None),
    ]
    problems = []
    for pointer, text, longest, required in fields:
        if len(text) > longest:
            too_long = _("This is too long: at most %(longest)d characters.") % {"longest": longest}
            problems.append(Problem(pointer, "too_long", too_long))
        elif has_control_characters(text, lines=pointer == "/message"):
            unprintable = _("This holds characters that cannot be printed. Type it again.")
            problems.append(Problem(pointer, "control_characters", unprintable))
        elif required is not None and not text.strip():
            problems.append(Problem(pointer, "required", required))
    if all(problem.pointer != "/customer/email" for problem in problems):
        try:
            validate_email(customer.email.strip())
        except ValidationError:
            example = _("Enter an e-mail address such as name@example.com.")
            problems.append(Problem("/customer/email", "invalid", example))
    if builder.age_band and builder.age_band not in AGE_BANDS:
        problems.append(Problem("/builder/age_band", "invalid", _("Choose one of the age groups.")))
    return problems


def _check_lines(set_: Set, requests: tuple[LineRequest, ...], problems: list[Problem]) -> list[_CheckedLine]:
    if not requests:
        problems.append(Problem("/lines", "required", _("Choose at least one bag or piece.")))
    if len(requests) > MAX_LINES:
        detail = _("At most %(most)d lines fit into one request.") % {"most": MAX_LINES}
        problems.append(Problem("/lines", "too_many_lines", detail))
        return []
    checked: list[_CheckedLine] = []
    labels: set[str] = set()
    for index, line in enumerate(requests):
        found = _check_line(set_, line, f"/lines/{index}", labels, problems)
        if found is not None:
            checked.append(found)
        else:
            checked.append(_CheckedLine(None, "", None, 0, ""))
    _check_quantities(set_, checked, problems)
    return checked


def _check_line(
    set_: Set, line: LineRequest, pointer: str, labels: set[str], problems: list[Problem]
) -> _CheckedLine | None:
    before = len(problems)
    named = [
        line.bag is not None,
        line.part_num is not None or line.color_id is not None,
        line.element_id is not None,
    ]
    if sum(named) != 1:
        detail = _("Name either a bag, or a part and its colour, or an element id.")
        problems.append(Problem(pointer, "bag_or_piece", detail))
    if line.reason not in REASONS:
        problems.append(Problem(f"{pointer}/reason", "unknown_reason", _("Choose missing, damaged or lost.")))
    if line.quantity < 1:
        problems.append(Problem(f"{pointer}/quantity", "out_of_range", _("Enter a number from 1 on.")))
    if len(problems) > before:
        return None
    if line.bag is not None:
        return _check_bag(set_, line.bag, line, pointer, labels, problems)
    return _check_piece(line, pointer, problems)


def _check_bag(
    set_: Set, typed: str, line: LineRequest, pointer: str, labels: set[str], problems: list[Problem]
) -> _CheckedLine | None:
    label = "".join(ascii_digits(typed).split()).upper()
    if not label or len(label) > 12 or has_control_characters(label):
        problems.append(
            Problem(f"{pointer}/bag", "invalid", _("Enter the number printed on the bag, such as 14."))
        )
        return None
    if line.quantity != 1:
        problems.append(Problem(f"{pointer}/quantity", "too_many", _("Each bag is in the box once.")))
        return None
    if label in labels:
        problems.append(Problem(f"{pointer}/bag", "bag_twice", _("This bag is in the request already.")))
        return None
    labels.add(label)
    bag = Bag.objects.filter(set=set_, label__iexact=label, retired_at=None).first()
    if bag is None and set_.bags_known:
        detail = _("This set has no bag %(label)s.") % {"label": label}
        problems.append(Problem(f"{pointer}/bag", "unknown_bag", detail))
        return None
    return _CheckedLine(bag, bag.label if bag else label, None, 1, line.reason)


def _check_piece(line: LineRequest, pointer: str, problems: list[Problem]) -> _CheckedLine | None:
    if line.element_id is not None:
        piece, field = find_element(ascii_digits(line.element_id).strip()[:20]), "element_id"
    else:
        field = "part_num"
        if line.part_num is None or line.color_id is None:
            missing = "color_id" if line.color_id is None else "part_num"
            detail = _("A piece needs both its part number and its colour.")
            problems.append(Problem(f"{pointer}/{missing}", "required", detail))
            return None
        piece = find_piece(part_num=line.part_num.strip(), color_id=line.color_id)
    if piece is None:
        problems.append(Problem(f"{pointer}/{field}", "unknown_piece", _("We do not know this piece.")))
        return None
    return _CheckedLine(None, "", piece, line.quantity, line.reason)


def _check_quantities(set_: Set, lines: list[_CheckedLine], problems: list[Problem]) -> None:
    """Together the lines ask for at most what the set has, spares included."""
    asked: Counter[int] = Counter()
    for line in lines:
        if line.piece is not None:
            asked[line.piece.pk] += line.quantity
    if not asked:
        return
    there = quantities_in_set(set_, list(asked))
    for index, line in enumerate(lines):
        if line.piece is None:
            continue
        has = there.get(line.piece.pk, 0)
        if not has:
            problems.append(
                Problem(f"/lines/{index}", "piece_not_in_set", _("This piece is not in this set."))
            )
        elif asked[line.piece.pk] > has:
            detail = ngettext_lazy(
                "This set has only %(has)d of this piece.", "This set has only %(has)d of this piece.", has
            ) % {"has": has}
            problems.append(Problem(f"/lines/{index}/quantity", "too_many", detail))


def _review_reasons(checked: _Checked, exempt: bool, follows: Order | None) -> list[str]:
    """Why a person should look at this before parts go out: codes, none for most requests."""
    lines = checked.lines
    reasons = []
    if any(line.bag_label and (line.bag is None or not _has_contents(line.bag)) for line in lines):
        reasons.append("bag_contents_unknown")
    if follows is not None:
        reasons.append("follows_another")
    if exempt or follows is not None:
        return reasons
    if sum(line.quantity for line in lines if line.piece is not None) > settings.LIMIT_PIECES_PER_ORDER:
        reasons.append("many_pieces")
    if sum(1 for line in lines if line.bag_label) > settings.LIMIT_BAGS_PER_ORDER:
        reasons.append("many_bags")
    since = timezone.now() - timedelta(days=settings.LIMIT_PERIOD_DAYS)
    earlier = (
        OrderContact.objects.filter(Q(email_key=checked.email_key) | Q(address_key=checked.address_key))
        .filter(order__created_at__gte=since)
        .exclude(order__state__in=[Order.State.CANCELLED, Order.State.DECLINED])
        .count()
    )
    if earlier >= settings.LIMIT_ORDERS_PER_HOUSEHOLD:
        reasons.append("many_requests")
    return reasons


def _has_contents(bag: Bag) -> bool:
    return bag.contents.exists()


def _create_order(**fields: object) -> Order:
    """Create the order under a number nobody has yet."""
    for _try in range(NUMBER_TRIES):
        try:
            with transaction.atomic():
                return Order.objects.create(number=new_code("B14"), **fields)
        except IntegrityError as error:
            clash = error
    raise clash


def _create_contact(order: Order, request: OrderRequest, email_key: str, address_key: str) -> None:
    customer, address = request.customer, request.address
    OrderContact.objects.create(
        order=order,
        name=customer.name.strip(),
        email=customer.email.strip(),
        line1=address.line1.strip(),
        line2=address.line2.strip(),
        city=address.city.strip(),
        region=address.region.strip(),
        postal_code=address.postal_code.strip(),
        country=address.country.strip().upper(),
        builder_name=request.builder.name.strip(),
        builder_age_band=request.builder.age_band,
        message=request.message.strip(),
        bought_at=request.bought_at.strip(),
        email_key=email_key,
        address_key=address_key,
    )

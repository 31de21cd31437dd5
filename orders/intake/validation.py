"""Whether a request can be granted: its words, its bags and pieces against the set's contents, its address.

All problems are found, and reported at once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from catalog.models import Bag, Piece, Set
from catalog.queries import find_element, find_piece, find_set, quantities_in_set
from core.mail_addresses import UnusableAddress, comparable_address, usable_address
from core.refusals import Problem, Refusal
from core.text import ascii_digits, has_control_characters, is_blank
from core.writing import write_digits, write_number
from orders.intake.addresses import check_address
from orders.intake.order_request import AddressRequest, LineRequest, OrderRequest
from orders.models import OrderContact, OrderLine
from orders.web_addresses import suspicious_fields

MAX_LINES = 100
REASONS = tuple(OrderLine.Reason.values)
AGE_BANDS = tuple(OrderContact.AgeBand.values)


@dataclass(frozen=True, slots=True)
class CheckedLine:
    """A piece, or a bag, which staff may not have entered yet."""

    bag: Bag | None
    bag_label: str
    piece: Piece | None
    quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request without problems, and the keys of its household. `set` is None where the customer described it.

    `suspicious`: the fields with what looks like an address in the net (`orders.web_addresses`).
    """

    set: Set | None
    lines: list[CheckedLine]
    email_key: str
    address_key: str
    to_identify: bool = False
    suspicious: tuple[str, ...] = ()


def check_request(request: OrderRequest) -> CheckedRequest:
    """Raises Refusal `invalid` with every problem at once."""
    problems = _text_problems(request)
    described = not is_blank(request.described)
    unlisted = not request.set_num and not is_blank(request.described_set)
    set_ = None if unlisted else find_set(request.set_num, along=("theme",))
    lines: list[CheckedLine] = []
    if unlisted:
        if not described:
            problems.append(Problem("/described", "required", _("Tell us in a few words what is missing.")))
    elif set_ is None or set_.retired_at is not None:
        problems.append(Problem("/set_num", "unknown_set", _("We do not know a set with this number.")))
    elif request.lines or not described:
        lines = _check_lines(set_, request.lines, problems)
    address_problems, address_key = check_address(request.address)
    problems.extend(p for p in address_problems if p.pointer not in {known.pointer for known in problems})
    if problems:
        raise Refusal("invalid", _("Some of this needs another look."), problems=problems)
    email_key = comparable_address(request.customer.email)
    suspicious = tuple(suspicious_fields({**_texts(request), **_label_texts(lines)}))
    return CheckedRequest(set_, lines, email_key, address_key, described, suspicious)


def suspicious_labels(lines: Sequence[CheckedLine]) -> bool:
    """Whether the label of a bag that we do not know looks like an address in the net: a mail would repeat it."""
    return bool(suspicious_fields(_label_texts(lines)))


def suspicious_address(address: AddressRequest) -> bool:
    """Whether a line of the address looks like an address in the net."""
    return bool(suspicious_fields(_address_texts(address)))


def _texts(request: OrderRequest) -> dict[str, str]:
    return {
        "name": request.customer.name,
        "builder_name": request.builder.name,
        **_address_texts(request.address),
        "message": request.message,
        "bought_at": request.bought_at,
        "described_set": request.described_set,
        "described": request.described,
    }


def _address_texts(address: AddressRequest) -> dict[str, str]:
    return {name: getattr(address, name) for name in ("line1", "line2", "city", "region", "postal_code")}


def _label_texts(lines: Sequence[CheckedLine]) -> dict[str, str]:
    return {f"bag {line.bag_label}": line.bag_label for line in lines if line.bag_label and line.bag is None}


def check_more_lines(
    set_: Set, requests: tuple[LineRequest, ...], *, beside: Sequence[OrderLine], found_again: int = 0
) -> list[CheckedLine]:
    """Check lines to add to an order, beside those it has; `found_again` of its lines are not needed any more.

    Raises Refusal `invalid` with every problem at once.
    """
    problems: list[Problem] = []
    lines = _check_lines(set_, requests, problems, beside=beside, found_again=found_again)
    if problems:
        raise Refusal("invalid", _("Some of this needs another look."), problems=problems)
    return lines


def check_new_address(address: AddressRequest) -> str:
    """The household key of an order's new address. Raises Refusal `invalid` with every problem at once."""
    problems = _length_problems(_address_fields(address))
    address_problems, key = check_address(address)
    problems.extend(p for p in address_problems if p.pointer not in {known.pointer for known in problems})
    if problems:
        raise Refusal("invalid", _("Some of this needs another look."), problems=problems)
    return key


# The pointer of a text, the text, its greatest length, and the detail shown where it is empty and must not be.
_TextField = tuple[str, str, int, str | Promise | None]


def _address_fields(address: AddressRequest) -> list[_TextField]:
    return [
        ("/address/line1", address.line1, 120, _("Enter the street and house number.")),
        ("/address/line2", address.line2, 120, None),
        ("/address/city", address.city, 200, None),
        ("/address/region", address.region, 80, None),
        ("/address/postal_code", address.postal_code, 20, None),
    ]


def _text_problems(request: OrderRequest) -> list[Problem]:
    customer, builder = request.customer, request.builder
    fields: list[_TextField] = [
        ("/customer/name", customer.name, 200, _("Enter your name.")),
        ("/customer/email", customer.email, 254, _("Enter your e-mail address.")),
        ("/customer/language", customer.language, 35, None),
        *_address_fields(request.address),
        ("/builder/name", builder.name, 200, None),
        ("/message", request.message, 1000, None),
        ("/box_code", request.box_code, 80, None),
        ("/bought_at", request.bought_at, 80, None),
        ("/described_set", request.described_set, 100, None),
        ("/described", request.described, 1000, None),
    ]
    problems = _length_problems(fields)
    if all(problem.pointer != "/customer/email" for problem in problems):
        try:
            usable_address(customer.email)
        except UnusableAddress:
            example = _("Enter an e-mail address such as name@example.com.")
            problems.append(Problem("/customer/email", "invalid", example))
    if builder.age_band and builder.age_band not in AGE_BANDS:
        problems.append(Problem("/builder/age_band", "invalid", _("Choose one of the age groups.")))
    return problems


def _length_problems(fields: list[_TextField]) -> list[Problem]:
    problems = []
    for pointer, text, longest, required in fields:
        if len(text) > longest:
            most = write_digits(str(longest))
            too_long = _("This is too long: at most %(longest)s characters.") % {"longest": most}
            problems.append(Problem(pointer, "too_long", too_long))
        elif has_control_characters(text, lines=pointer in ("/message", "/described")):
            unprintable = _("This holds characters that cannot be printed. Type it again.")
            problems.append(Problem(pointer, "control_characters", unprintable))
        elif required is not None and is_blank(text):
            problems.append(Problem(pointer, "required", required))
    return problems


def _check_lines(
    set_: Set,
    requests: tuple[LineRequest, ...],
    problems: list[Problem],
    *,
    beside: Sequence[OrderLine] = (),
    found_again: int = 0,
) -> list[CheckedLine]:
    if not requests:
        problems.append(Problem("/lines", "required", _("Choose at least one bag or piece.")))
    # What was found counts too: asking for it again and finding it again must not go on for ever.
    if len(requests) + len(beside) + found_again > MAX_LINES:
        most = write_digits(str(MAX_LINES))
        detail = _("At most %(most)s lines fit into one request.") % {"most": most}
        problems.append(Problem("/lines", "too_many_lines", detail))
        return []
    checked: list[CheckedLine] = []
    labels = {line.bag_label.upper() for line in beside if line.bag_label}
    for index, line in enumerate(requests):
        found = _check_line(set_, line, f"/lines/{index}", labels, problems)
        if found is not None:
            checked.append(found)
        else:
            checked.append(CheckedLine(None, "", None, 0, ""))
    _check_quantities(set_, checked, problems, beside)
    return checked


def _check_line(
    set_: Set, line: LineRequest, pointer: str, labels: set[str], problems: list[Problem]
) -> CheckedLine | None:
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
) -> CheckedLine | None:
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
    return CheckedLine(bag, bag.label if bag else label, None, 1, line.reason)


def _check_piece(line: LineRequest, pointer: str, problems: list[Problem]) -> CheckedLine | None:
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
    return CheckedLine(None, "", piece, line.quantity, line.reason)


def _check_quantities(
    set_: Set, lines: list[CheckedLine], problems: list[Problem], beside: Sequence[OrderLine]
) -> None:
    """Add a problem for each line where all lines together ask for more than the set has, spares included."""
    asked: Counter[int] = Counter()
    for line in lines:
        if line.piece is not None:
            asked[line.piece.pk] += line.quantity
    if not asked:
        return
    for other in beside:
        if other.piece_id is not None and other.piece_id in asked:
            asked[other.piece_id] += other.quantity
    in_set = quantities_in_set(set_, list(asked))
    for index, line in enumerate(lines):
        if line.piece is None:
            continue
        has = in_set.get(line.piece.pk, 0)
        if not has:
            problems.append(
                Problem(f"/lines/{index}", "piece_not_in_set", _("This piece is not in this set."))
            )
        elif asked[line.piece.pk] > has:
            detail = ngettext_lazy(
                "This set has only %(has)s of this piece.", "This set has only %(has)s of this piece.", has
            ) % {"has": write_number(has)}
            problems.append(Problem(f"/lines/{index}/quantity", "too_many", detail))

"""The request form: what the customer typed, the request it makes, and the field of each problem."""

import re
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from catalog.choosing import MOST_KEYS, count_keys, read_key
from catalog.models import Set
from core.form_state import FormState
from core.refusals import Problem, Refusal
from core.text import ascii_digits, is_blank
from core.writing import current_language, write_digits
from orders.intake.order_request import (
    AddressRequest,
    BuilderRequest,
    CustomerRequest,
    LineRequest,
    OrderRequest,
)
from orders.intake.part_lists import ListRow, keep_lines, match_list
from orders.intake.placing import LANGUAGES
from orders.intake.validation import MAX_LINES

TEXT_FIELDS = (
    "described_set",
    "bag_reason",
    "list",
    "described",
    "name",
    "email",
    "country",
    "line1",
    "line2",
    "city",
    "region",
    "postal_code",
    "language",
    "builder_name",
    "age_band",
    "box_code",
    "bought_at",
    "message",
)
_FIELD_OF = {
    "/customer/name": "name",
    "/customer/email": "email",
    "/customer/language": "language",
    "/builder/name": "builder_name",
    "/builder/age_band": "age_band",
    "/message": "message",
    "/box_code": "box_code",
    "/bought_at": "bought_at",
    "/described": "described",
    "/described_set": "described_set",
    **{f"/address/{name}": name for name in ("country", "line1", "line2", "city", "region", "postal_code")},
}
# The form names this many lines of a list that do not match, and counts the rest.
MOST_MISMATCHES = 20
# The customer may type several labels into one field.
_LABEL = re.compile(r"[^,;،؛]+")
_NONCE = re.compile(r"[\w-]{8,64}", re.ASCII)
_QUANTITY = re.compile(r"[0-9]{1,6}")


@dataclass(slots=True)
class TypedPiece:
    """A piece of the list: its key (`catalog.choosing`), its quantity and reason as typed."""

    key: str
    quantity: str = "1"
    reason: str = "missing"


@dataclass(slots=True)
class RequestForm(FormState):
    """A request as typed. By its `nonce` a form becomes one order, however often the customer sends it."""

    bags: list[str] = field(default_factory=list)
    pieces: list[TypedPiece] = field(default_factory=list)
    nonce: str = ""
    problems: list[Problem] = field(default_factory=list)

    def add_piece(self, key: str, quantity: int = 1) -> bool:
        """Add a quantity of a piece, to its line or as a new line. Returns False when the list is full."""
        for piece in self.pieces:
            if piece.key == key and _QUANTITY.fullmatch(ascii_digits(piece.quantity.strip())):
                piece.quantity = str(int(ascii_digits(piece.quantity.strip())) + quantity)
                return True
        if len(self.pieces) >= MOST_KEYS:
            return False
        self.pieces.append(TypedPiece(key, str(quantity)))
        return True

    def counts(self) -> Counter[str]:
        """The quantity of each key on the list; a text that is no number counts as one."""
        counted: Counter[str] = Counter()
        for piece in self.pieces:
            typed = ascii_digits(piece.quantity.strip())
            counted[piece.key] += int(typed) if _QUANTITY.fullmatch(typed) else 1
        return counted

    def drop_piece(self, index: str) -> None:
        """Drop the line of that index."""
        if index.isascii() and index.isdecimal() and len(index) < 4 and int(index) < len(self.pieces):
            del self.pieces[int(index)]


def blank_form(data: QueryDict, *, country: str) -> RequestForm:
    """A new form: what the customer chose on the set's page, and what can be guessed."""
    chosen = count_keys(data.getlist("piece"))
    values = {
        "bag_reason": "missing",
        "language": current_language(),
        "country": country,
        "described_set": data.get("described_set", "")[:100],
    }
    return RequestForm(
        values=values,
        bags=data.getlist("bag"),
        pieces=[TypedPiece(key, str(quantity)) for key, quantity in chosen.items()],
        nonce=secrets.token_urlsafe(16),
    )


def read_form(data: QueryDict) -> RequestForm:
    """The form as the customer sent it. Any data makes a form."""
    keys = data.getlist("piece")[:MOST_KEYS]
    quantities, reasons = data.getlist("quantity"), data.getlist("reason")
    pieces = [
        TypedPiece(key, _at(quantities, index, "1"), _at(reasons, index, "missing"))
        for index, key in enumerate(keys)
    ]
    values = {name: data.get(name, "") for name in TEXT_FIELDS}
    values["bag_reason"] = values["bag_reason"] or "missing"
    nonce = data.get("nonce", "")
    return RequestForm(
        values=values,
        bags=[label for label in data.getlist("bag") if label.strip()],
        pieces=pieces,
        nonce=nonce if _NONCE.fullmatch(nonce) else secrets.token_urlsafe(16),
    )


def take_list(form: RequestForm, set_: Set, uploaded: str = "") -> int:
    """Add the pieces of a pasted or uploaded list to the form. Returns how many lines matched.

    A line that does not match stays in the field, and an error gives its reason.
    """
    text = "\n".join(part for part in (form.value("list").strip(), uploaded.strip()) if part)
    found = match_list(text, set_, taken=form.counts())
    others = list(found.others)
    added = 0
    for fitting in found.matched:
        if form.add_piece(fitting.key, fitting.quantity):
            added += 1
        else:
            others.append(ListRow(fitting.number, fitting.text, problem=_("No more fits into one request.")))
    others.sort(key=lambda row: row.number)
    read = [*(row.number for row in found.matched), *(row.number for row in others)]
    kept = keep_lines(text, (row.number for row in others), after=max(read, default=0))
    # Errors number the lines as the field now shows them, without the lines that matched.
    place = {number: index for index, (number, _text) in enumerate(kept, start=1)}
    form.values = {**form.values, "list": "\n".join(line for _number, line in kept)}
    for row in others[:MOST_MISMATCHES]:
        # Isolated, so that a line in Latin letters does not reorder a Persian sentence.
        said = _("Line %(number)s, %(text)s: %(problem)s") % {
            "number": write_digits(str(place[row.number])),
            "text": f"\u2068{row.text[:60]}\u2069",
            "problem": row.problem,
        }
        form.add_error("list", said)
    if len(others) > MOST_MISMATCHES:
        rest = write_digits(str(len(others) - MOST_MISMATCHES))
        form.add_error("list", _("And %(rest)s more lines that do not fit.") % {"rest": rest})
    if not text:
        form.add_error("list", _("Paste your list first, or choose a file."))
    return added


def to_request(form: RequestForm, *, set_num: str) -> OrderRequest:
    """The typed request. A quantity that is no number counts as one and is noted in `form.problems`."""
    form.problems.clear()
    value = form.value
    lines = [LineRequest(bag=label, reason=value("bag_reason")) for label in labels_of(form) if set_num]
    for piece in form.pieces if set_num else ():
        lines.append(_piece_line(form, piece, len(lines)))
    return OrderRequest(
        set_num=set_num,
        lines=tuple(lines),
        customer=CustomerRequest(name=value("name"), email=value("email"), language=value("language")),
        address=AddressRequest(
            line1=value("line1"),
            line2=value("line2"),
            city=value("city"),
            region=value("region"),
            postal_code=value("postal_code"),
            country=value("country"),
        ),
        builder=BuilderRequest(name=value("builder_name"), age_band=value("age_band")),
        message=value("message").replace("\r\n", "\n"),
        box_code=value("box_code"),
        bought_at=value("bought_at"),
        described=value("described").replace("\r\n", "\n"),
        described_set="" if set_num else value("described_set"),
    )


def labels_of(form: RequestForm) -> list[str]:
    """The labels of the requested bags; a text field may hold several, separated by commas.

    One more than fit into a request is enough to refuse it: a field has room for a hundred thousand.
    """
    parts = (part for typed in form.bags for part in _LABEL.finditer(typed))
    return list(islice((label for part in parts if (label := part[0].strip())), MAX_LINES + 1))


def own_problems(form: RequestForm, *, set_num: str) -> list[Problem]:
    """The problems of the form itself, beside those that placing finds."""
    problems = list(form.problems)
    if not set_num and is_blank(form.value("described_set")):
        problems.append(Problem("/described_set", "required", _("Tell us which set it is.")))
    if not set_num and is_blank(form.value("described")):
        detail = _("Tell us in a few words what is missing.")
        problems.append(Problem("/described", "required", detail))
    if form.value("language") not in LANGUAGES:
        problems.append(Problem("/customer/language", "invalid", _("Choose one of the languages.")))
    return problems


def show_problems(form: RequestForm, *refusals: Iterable[Problem] | Refusal) -> None:
    """Put each problem at its field, in the order in which the page shows the fields."""
    for refusal in refusals:
        for problem in refusal.problems if isinstance(refusal, Refusal) else refusal:
            if problem.pointer == "/set_num":
                continue  # `own_problems` says it for a form without a set number
            form.add_error(_field_of(form, problem.pointer), problem.detail)
    form.errors = dict(sorted(form.errors.items(), key=lambda item: _place_on_page(item[0])))


def _piece_line(form: RequestForm, piece: TypedPiece, index: int) -> LineRequest:
    part_num, color_id = read_key(piece.key) or ("?", -2)
    typed = ascii_digits(piece.quantity.strip())
    quantity = int(typed) if _QUANTITY.fullmatch(typed) else 1
    if not _QUANTITY.fullmatch(typed):
        form.problems.append(
            Problem(f"/lines/{index}/quantity", "out_of_range", _("Enter how many you need, as a number."))
        )
    return LineRequest(part_num=part_num, color_id=color_id, quantity=quantity, reason=piece.reason)


def _field_of(form: RequestForm, pointer: str) -> str:
    if not pointer.startswith("/lines/"):
        return _FIELD_OF.get(pointer, "bag")
    _, _, index, *rest = pointer.split("/")
    at = int(index) - len(labels_of(form))
    if at < 0:
        return "bag_reason" if rest == ["reason"] else "bag"
    return f"reason-{at}" if rest == ["reason"] else f"quantity-{at}"


def _place_on_page(name: str) -> tuple[int, int]:
    kind, _, index = name.partition("-")
    order = ("described_set", "bag", "bag_reason", "quantity", "reason", *TEXT_FIELDS[2:])
    return (order.index(kind) if kind in order else len(order), int(index or 0))


def _at(values: list[str], index: int, otherwise: str) -> str:
    return values[index] if index < len(values) else otherwise

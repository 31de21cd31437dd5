"""The contents of a bag, as staff type or paste them: a row for each kind of piece."""

import re
from collections.abc import Callable, Sequence

from django.forms import Form

from catalog.bag_entry import BagRowEntry
from core.refusals import Refusal
from core.text import ascii_digits
from dashboard.form_errors import add_refusal

_ROW = re.compile(
    r"(?P<first>[^\s,;]{1,60})[\s,;]+(?:(?P<color>-?[0-9]{1,9})[\s,;]+)?(?P<quantity>[0-9]{1,9})"
)


def enter_rows(form: Form, enter: Callable[[Sequence[BagRowEntry]], object]) -> int:
    """Give the form's `rows` to `enter`. Returns 302, or a status of refusal with each row's errors on the form."""
    if not form.is_valid():
        return 400
    rows, lines = [], []
    for line_number, text in enumerate(ascii_digits(form.cleaned_data["rows"]).splitlines(), start=1):
        if not text.strip():
            continue
        found = _ROW.fullmatch(text.strip())
        if found is None:
            form.add_error(
                "rows",
                f"Row {line_number}: give an element id and a quantity, or a part, a colour and a quantity.",
            )
            continue
        rows.append(_entry(found))
        lines.append(line_number)
    if form.errors:
        return 400
    try:
        enter(rows)
    except Refusal as refusal:
        if refusal.code != "invalid":
            return add_refusal(form, refusal, {})
        for problem in refusal.problems:
            field, _, index = problem.pointer.removeprefix("/").partition("/")
            place = f"Row {lines[int(index)]}: " if index.isdigit() else ""
            form.add_error(field if field in form.fields else "rows", f"{place}{problem.detail}")
        return refusal.status
    return 302


def _entry(found: re.Match[str]) -> BagRowEntry:
    quantity = int(found["quantity"])
    if found["color"] is None:
        return BagRowEntry(element_id=found["first"], quantity=quantity)
    return BagRowEntry(part_num=found["first"], color_id=int(found["color"]), quantity=quantity)

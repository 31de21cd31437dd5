"""What the buttons inside the request form do to it, and what the form then shows.

Asking for parts and adding to a request show the same fields for bags and pieces, so both views use these functions.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from catalog.choosing import count_keys, find_chosen
from catalog.models import Set
from catalog.queries import bags_of, contents_of
from catalog.suggestions import look_alikes, spares_of
from orders.pages.request_form import RequestForm, take_list

MOST_FOUND = 12
LONGEST_SEARCH = 100
# A part list of some thousand lines. A longer file is no list of missing pieces.
MOST_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class ShowAgain:
    """The form stays open: with the pieces found for `find`, and the number of list lines that `matched`."""

    find: str = ""
    matched: int = 0


def action_of(request: HttpRequest) -> tuple[str, str]:
    """The pressed button's action and its argument: `drop:2` is ("drop", "2")."""
    action, _, argument = request.POST.get("action", "").partition(":")
    return action, argument


def apply_action(request: HttpRequest, set_: Set | None, form: RequestForm) -> ShowAgain | None:
    """Add or drop a piece, search for one, or take over a pasted or uploaded list.

    Returns how to show the form again, or None when the customer sends the form. A list that the customer left in its
    field is taken over then too; a line of it that does not match shows the form again.
    """
    action, argument = action_of(request)
    if action == "add":
        form.add_piece(argument)
        return ShowAgain()
    if action == "drop":
        form.drop_piece(argument)
        return ShowAgain()
    find = request.POST.get("find", "").strip()[:LONGEST_SEARCH]
    # Enter searches when the customer has typed a new search, and otherwise sends the form.
    if action == "find" or (action == "enter" and find and find != request.POST.get("found", "")):
        return ShowAgain(find=find)
    uploaded = _uploaded_list(request)
    if set_ is not None and (action == "list" or uploaded or form.value("list").strip()):
        matched = take_list(form, set_, uploaded)
        if action == "list" or form.errors:
            return ShowAgain(matched=matched)
    return None


def choices_of(set_: Set, form: RequestForm, *, find: str = "") -> dict[str, Any]:
    """What the fields for bags and pieces show: the set's bags, the list so far, and the pieces found for `find`."""
    keys = dict.fromkeys(piece.key for piece in form.pieces)
    chosen = {each.key: each for each in find_chosen(set_, count_keys(keys))}
    pieces = [each.piece for each in chosen.values() if each.piece]
    spares, alike = (spares_of(set_, pieces), look_alikes(set_, pieces)) if pieces else ({}, {})
    bags = bags_of(set_)
    labels = {bag.label for bag in bags}
    return {
        "bags": bags,
        "other_bags": ", ".join(label for label in form.bags if label not in labels),
        "lines": [
            {
                "typed": piece,
                "piece": (known := chosen[piece.key].piece),
                "spares": spares.get(known.pk, 0) if known else 0,
                "alike": alike.get(known.pk, []) if known else [],
            }
            for piece in form.pieces
        ],
        "find": find,
        "found": list(contents_of(set_, search=find)[:MOST_FOUND]) if find else None,
    }


def _uploaded_list(request: HttpRequest) -> str:
    """The text of the uploaded file, in whatever encoding; without a file nothing."""
    file = request.FILES.get("list_file")
    return file.read(MOST_BYTES).decode("utf-8-sig", "replace") if file else ""

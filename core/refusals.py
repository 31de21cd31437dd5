"""How a use case refuses: one exception, a stable code, every problem at once.

`pointer` is a JSON pointer into the request as the caller sent it ("/lines/0/bag"); forms map it to their fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: where it is, a stable code, and a sentence that says what to do."""

    pointer: str
    code: str
    detail: str | Promise


class Refusal(Exception):
    """A request that cannot be granted. Raised before anything is written, or inside the transaction, which it rolls
    back.

    `status` is the HTTP status of the API's answer: 400 for what the caller sent, 409 for a state of ours.
    """

    def __init__(
        self, code: str, detail: str | Promise = "", *, problems: Sequence[Problem] = (), status: int = 400
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail or (problems[0].detail if problems else code)
        self.problems = tuple(problems)
        self.status = status

    def seen_from(self, pointer: str) -> "Refusal":
        """The same refusal for a caller who sent only the part of a whole request that is at `pointer`."""
        problems = [replace(each, pointer=each.pointer.removeprefix(pointer)) for each in self.problems]
        return Refusal(self.code, self.detail, problems=problems, status=self.status)


class NotFound(Refusal):
    """What the caller named does not exist, or this caller may not see it; the answer does not say which."""

    def __init__(self, detail: str | Promise = "", *, problems: Sequence[Problem] = ()) -> None:
        detail = detail or (problems[0].detail if problems else _("Not found."))
        super().__init__("not_found", detail, problems=problems, status=404)

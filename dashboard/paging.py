"""Long lists, a page at a time. The rows are not counted: there may be a million."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest

T = TypeVar("T")

PAGE_SIZE = 50
LAST_PAGE = 1000  # beyond it, a filter is faster than turning pages


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the numbers of the pages beside them."""

    rows: Sequence[T]
    number: int
    has_next: bool
    query: str

    @property
    def previous_query(self) -> str:
        return self._query(self.number - 1) if self.number > 1 else ""

    @property
    def next_query(self) -> str:
        return self._query(self.number + 1) if self.has_next else ""

    def _query(self, number: int) -> str:
        return f"?{self.query}{'&' if self.query else ''}page={number}"


def page_of(rows: "QuerySet[Any, T]", request: HttpRequest, *, size: int = PAGE_SIZE) -> Page[T]:
    """The page that `?page=` asks for; the first one if that is no number."""
    asked = request.GET.get("page", "1")
    number = (
        min(max(int(asked), 1), LAST_PAGE) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    )
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    kept = request.GET.copy()
    kept.pop("page", None)
    return Page(
        rows=found[:size],
        number=number,
        has_next=len(found) > size and number < LAST_PAGE,
        query=kept.urlencode(),
    )

"""How lists are paged: by cursor, so that a page stays right while rows come in."""

from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class CursorPages(CursorPagination):
    """`{next, previous, results}`; `page_size` from 1 to 100, default 50. A view names its `ordering`."""

    page_size = 50
    max_page_size = 100
    page_size_query_param = "page_size"
    ordering = "pk"

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        ordering = getattr(view, "ordering", self.ordering)
        return (ordering,) if isinstance(ordering, str) else tuple(ordering)

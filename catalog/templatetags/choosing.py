"""What the list of pieces needs to show which of them are chosen already."""

from collections.abc import Mapping

from django import template

from catalog import choosing
from catalog.models import Piece

register = template.Library()


@register.simple_tag
def piece_key(piece: Piece) -> str:
    """What the page's address calls a piece."""
    return choosing.piece_key(piece)


@register.simple_tag
def count_of(counts: Mapping[str, int], key: str) -> int:
    """How many of it are chosen."""
    return counts.get(key, 0)


@register.filter
def times(number: int) -> range:
    """To do something so many times."""
    return range(number)

"""What the list of pieces needs to show which pieces are chosen already."""

from collections.abc import Mapping

from django import template

from catalog import choosing
from catalog.models import Piece

register = template.Library()


@register.simple_tag
def piece_key(piece: Piece) -> str:
    """The key of a piece in the page's address."""
    return choosing.piece_key(piece)


@register.simple_tag
def count_of(counts: Mapping[str, int], key: str) -> int:
    """How many of the piece are chosen."""
    return counts.get(key, 0)


@register.filter
def times(number: int) -> range:
    """A range for a loop that runs this often."""
    return range(number)

"""The weight of a piece, as the language of the page writes it."""

from django import template
from django.utils.translation import gettext as _

from catalog.models import Piece
from core.writing import current_language, write_digits

register = template.Library()

_POINT = {"en": ".", "es": ",", "fa": "٫"}


@register.filter
def weight(piece: Piece) -> str:
    """`2.32 g`; "about" if it was guessed; empty if it is unknown."""
    if piece.weight_mg is None:
        return ""
    grams = write_grams(piece.weight_mg)
    if piece.weight_kind == Piece.WeightKind.GUESSED:
        return _("about %(grams)s g") % {"grams": grams}
    return _("%(grams)s g") % {"grams": grams}


def write_grams(milligrams: int) -> str:
    """Grams with two digits after the point, without trailing zeros: 2.32, 0.2, 11."""
    text = f"{milligrams / 1000:.2f}".rstrip("0").rstrip(".")
    return write_digits((text if text != "0" else "0.01").replace(".", _POINT[current_language()]))

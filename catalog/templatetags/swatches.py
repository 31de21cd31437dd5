"""A colour that readers need not see: its square has a pattern, and its name always stands beside it."""

import re
from dataclasses import dataclass

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Color

register = template.Library()

# Lines and dots within a square of 28. Consecutive colours of the catalogue differ in pattern.
_PATTERNS = (
    "",
    "M0 14h28",
    "M14 0v28",
    "M0 28L28 0",
    "M0 0l28 28",
    "M0 9h28M0 19h28",
    "M9 0v28M19 0v28",
    "M0 14h28M14 0v28",
    "M0 28L28 0M0 0l28 28",
    "M0 14L14 0M14 28l14-14",
    "M0 14l14 14M14 0l14 14",
    "M9 9h1M19 9h1M9 19h1M19 19h1",
    "M7 14h14",
    "M14 7v14",  # the 14th pattern: with it, none of the four greys shares a pattern
)
_RGB = re.compile(r"[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Paint:
    """The colour of the square, and the colour of the pattern on top of it."""

    rgb: str
    opacity: str
    mark: str


def color_paint(color: Color) -> Paint:
    rgb = color.rgb if _RGB.fullmatch(color.rgb) else "808080"
    red, green, blue = (int(rgb[at : at + 2], 16) for at in (0, 2, 4))
    bright = 0.299 * red + 0.587 * green + 0.114 * blue > 128
    return Paint(rgb, "0.55" if color.is_trans else "1", "#000" if bright else "#fff")


@register.simple_tag
def swatch(color: Color) -> SafeString:
    """The colour's square. Attributes instead of styles, which the page's policy forbids."""
    paint = color_paint(color)
    return format_html(
        '<svg class="swatch" viewBox="0 0 28 28" aria-hidden="true" focusable="false">'
        '<rect x="1" y="1" width="26" height="26" rx="6" fill="#{}" fill-opacity="{}" stroke="var(--line-strong)"/>'
        '<path d="{}" fill="none" stroke="{}" stroke-opacity=".5" stroke-width="2" stroke-linecap="round"/></svg>',
        paint.rgb,
        paint.opacity,
        _PATTERNS[color.pk % len(_PATTERNS)],
        paint.mark,
    )

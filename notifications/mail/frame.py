"""The HTML of our mails: one frame, styles inlined, for both directions, in light and in dark.

Mail programs drop style sheets, and Outlook's engine is a word processor: so every style stands at its element, the
layout is a table, and colours are also set as attributes. The style in the head is for programs with a dark mode.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import css_inline
from django.template.loader import get_template
from django.utils.safestring import mark_safe

from notifications.wording import direction_of

ACCENT = "#b5452c"
_FONTS = {
    "ltr": "Georgia, 'Times New Roman', serif",
    "rtl": "Vazirmatn, 'IBM Plex Sans Arabic', Tahoma, 'Segoe UI', sans-serif",
}


def framed(template: str, *, subject: str, language: str, accent: str = ACCENT, **context: Any) -> str:
    """The whole HTML document of a mail whose template extends the frame."""
    direction = direction_of(language)
    values: Mapping[str, Any] = {
        "subject": subject,
        "language": language,
        "direction": direction,
        "start": "right" if direction == "rtl" else "left",
        "fonts": mark_safe(_FONTS[direction]),  # noqa: S308 (ours)
        "accent": accent,
        **context,
    }
    document: str = _template(template).render(dict(values))
    return _inliner().inline(document)


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    # Nothing is fetched: all our styles stand in the document.
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@lru_cache(maxsize=8)
def _template(name: str) -> Any:
    """Cached, because the loader searches every app's folder each time."""
    return get_template(f"notifications/{name}.html")

"""Filters for the templates of mails: elements set names apart where the plain text has isolating characters."""

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from core.writing import current_language
from notifications.wording import ISOLATES, isolate_code, isolate_name

register = template.Library()

_TAGS = str.maketrans(dict(zip(ISOLATES, ("<bdi>", '<bdi dir="ltr">', "</bdi>"), strict=True)))
#: Our order numbers, set numbers, and our name. All are short enough for a narrow page.
_NUMBERS = re.compile(r"(?<![\w&#-])(?:B14(?:-[0-9A-Z]{4}){2}|[0-9A-Za-z]{1,16}-\d{1,2}|Bag 14)(?![\w-])")


@register.filter
def isolated(text: str) -> SafeString:
    """Escaped, isolating characters as `<bdi>`, line breaks as `<br>`; lines never break within a number."""
    unbroken = _NUMBERS.sub(r'<span class="number">\g<0></span>', escape(text))
    return mark_safe(unbroken.translate(_TAGS).replace("\n", "<br>"))  # noqa: S308 (escaped before)


@register.filter
def set_apart(text: str) -> str:
    """A text that may be in another language than the plain text around it, each line isolated."""
    return "\n".join(line and isolate_name(line, current_language()) for line in text.splitlines())


@register.filter
def as_code(text: str) -> str:
    """A label or number in a plain text, read left to right."""
    return isolate_code(text, current_language())

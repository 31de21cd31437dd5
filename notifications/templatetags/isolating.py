"""What our mails' templates need: names set apart by elements, where the plain text has isolating characters."""

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from notifications.wording import ISOLATES

register = template.Library()

_TAGS = str.maketrans(dict(zip(ISOLATES, ("<bdi>", '<bdi dir="ltr">', "</bdi>"), strict=True)))


@register.filter
def isolated(text: str) -> SafeString:
    """Escaped, isolating characters as `<bdi>`, line breaks as `<br>`."""
    return mark_safe(escape(text).translate(_TAGS).replace("\n", "<br>"))  # noqa: S308 (escaped before)

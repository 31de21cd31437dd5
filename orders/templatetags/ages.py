"""The age bands of the builder, in words."""

from django import template
from django.utils.translation import gettext as _

from core.writing import write_digits
from orders.models import OrderContact

register = template.Library()


@register.filter
def age_band(band: str) -> str:
    """`{{ "7-12"|age_band }}`: 7 to 12, or ۷ تا ۱۲."""
    if band == OrderContact.AgeBand.GROWN_UP:
        return _("grown-up")
    first, _dash, last = (write_digits(part) for part in band.partition("-"))
    if band == OrderContact.AgeBand.UP_TO_6:
        return _("up to %(most)s") % {"most": last}
    return _("%(first)s to %(last)s") % {"first": first, "last": last}

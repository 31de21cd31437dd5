"""Numbers and dates as the language of the page writes them."""

from datetime import date, datetime

import jdatetime
from babel.dates import format_date
from django.utils import timezone, translation

_DIGITS = {"fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")}
# What sets thousands apart, and from which number on: Spanish leaves four digits together.
_THOUSANDS = {"en": (",", 1_000), "es": (".", 10_000), "fa": ("٬", 1_000)}


def current_language() -> str:
    """The language of the page, without a region: `es`."""
    language = (translation.get_language() or "en").partition("-")[0]
    return language if language in _THOUSANDS else "en"


def write_digits(text: str) -> str:
    """The same text with the digits of the page's language."""
    return text.translate(_DIGITS.get(current_language(), {}))


def write_number(number: int) -> str:
    """A whole number, its thousands set apart: 3,187; 3187; ۳٬۱۸۷."""
    separator, smallest = _THOUSANDS[current_language()]
    return write_digits(f"{number:,}".replace(",", separator) if abs(number) >= smallest else str(number))


def write_day(moment: date | datetime) -> str:
    """A day in words: 21 November 2026, and in Persian by its own calendar."""
    if isinstance(moment, datetime):
        moment = timezone.localdate(moment) if timezone.is_aware(moment) else moment.date()
    if current_language() == "fa":
        solar = jdatetime.date.fromgregorian(date=moment)
        return write_digits(f"{solar.day} {jdatetime.date.j_months_fa[solar.month - 1]} {solar.year}")
    return format_date(moment, "long", locale=current_language())

"""Numbers and dates as a language writes them: the page's language, unless the caller names another."""

from datetime import date, datetime

import jdatetime
from babel.dates import format_date
from django.utils import timezone, translation

_DIGITS = {"fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")}
# The separator of thousands, and the smallest number that gets one: Spanish writes four digits together.
_THOUSANDS = {"en": (",", 1_000), "es": (".", 10_000), "fa": ("٬", 1_000)}


def current_language() -> str:
    """The language of the page, without a region: `es`."""
    language = (translation.get_language() or "en").partition("-")[0]
    return language if language in _THOUSANDS else "en"


def write_digits(text: str, language: str = "") -> str:
    """The text with the digits of a language, by default the page's."""
    return text.translate(_DIGITS.get(language or current_language(), {}))


def write_number(number: int, language: str = "") -> str:
    """A whole number with its thousands separated: 3,187; 3187; ۳٬۱۸۷."""
    separator, smallest = _THOUSANDS.get(language or current_language(), _THOUSANDS["en"])
    text = f"{number:,}".replace(",", separator) if abs(number) >= smallest else str(number)
    return write_digits(text, language)


def write_day(moment: date | datetime, language: str = "") -> str:
    """A day in words: 21 November 2026. In Persian by its own calendar, which Babel lacks."""
    if isinstance(moment, datetime):
        moment = timezone.localdate(moment) if timezone.is_aware(moment) else moment.date()
    language = language or current_language()
    if language == "fa":
        solar = jdatetime.date.fromgregorian(date=moment)
        month = jdatetime.date.j_months_fa[solar.month - 1]
        return write_digits(f"{solar.day} {month} {solar.year}", language)
    return format_date(moment, "long", locale=language)

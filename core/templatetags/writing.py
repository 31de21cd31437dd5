"""Filters that write numbers, days and codes as the language of the page does."""

from datetime import date, datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core import writing

register = template.Library()


@register.filter
def number(value: int) -> str:
    """`{{ 3187|number }}`: 3,187 or ۳٬۱۸۷."""
    return writing.write_number(value)


@register.filter
def digits(value: object) -> str:
    """`{{ 2020|digits }}`: a year or a plain count in the language's digits, without separators."""
    return writing.write_digits(str(value))


@register.filter
def day(value: date | datetime) -> str:
    """`{{ order.created_at|day }}`: a day in words."""
    return writing.write_day(value)


@register.filter
def code(value: object) -> SafeString:
    """A set number, order number or label: left to right in every language, isolated from its sentence."""
    return format_html('<bdi class="code" dir="ltr">{}</bdi>', value)

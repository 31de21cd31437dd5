"""The fields of the staff's forms. Forms read what is typed; the use cases decide what is possible."""

import re
import secrets
from typing import Any

from django import forms

from core.text import ascii_digits
from warehouse.shelves import LONGEST_BIN_CODE

_WEIGHT = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,6}))?\s*(mg|g|kg)?", re.IGNORECASE)
_MG = {"mg": 1, "g": 1_000, "kg": 1_000_000}


def read_weight(text: str) -> int | None:
    """A weight as typed, in mg: `43.1`, `43,1 g`, `220 mg`. Grams if there is no unit; None if it is no weight."""
    found = _WEIGHT.fullmatch(ascii_digits(text).strip())
    if found is None:
        return None
    whole, fraction, unit = found.groups()
    factor = _MG[(unit or "g").lower()]
    parts = int(fraction or 0) * factor
    return int(whole) * factor + round(parts / float(10 ** len(fraction or "")))


def read_count(text: str) -> int:
    """A quantity as typed; 0 if it is no number."""
    plain = ascii_digits(text).strip()
    return int(plain) if re.fullmatch(r"[0-9]{1,6}", plain) else 0


def read_id(text: str) -> int:
    """A row's id as a form sends it; if it is no number 0, which no row has."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


class WeightField(forms.CharField):
    """A weight in grams, or in the unit typed behind it; cleaned to mg."""

    def clean(self, value: Any) -> Any:
        weight = read_weight(super().clean(value))
        if weight is None:
            raise forms.ValidationError("Type what the scale shows, in grams: 43.1", code="invalid")
        return weight


class CountField(forms.CharField):
    """A whole number, with digits of any script, cleaned to int."""

    def __init__(self, *, signed: bool = False, **options: Any) -> None:
        super().__init__(max_length=12, **options)
        self.signed = signed
        self.widget.attrs.update({"inputmode": "text" if signed else "numeric", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        plain = ascii_digits(super().clean(value)).strip().replace("\u2212", "-")
        if not plain and not self.required:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,9}" if self.signed else r"[0-9]{1,9}", plain):
            raise forms.ValidationError("Type a whole number.", code="invalid")
        return int(plain)


BIN = {"list": "bins", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


SCAN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}


class KeyedForm(forms.Form):
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.is_bound:
            self.initial["key"] = secrets.token_urlsafe(15)

    def renew_key(self) -> None:
        """After a refusal the worker changes the form: it is then a new entry, and needs a new key."""
        self.data = {**self.data.dict(), "key": secrets.token_urlsafe(15)}  # type: ignore[attr-defined]


def bin_field(label: str, **options: Any) -> forms.CharField:
    return forms.CharField(
        max_length=LONGEST_BIN_CODE, label=label, widget=forms.TextInput(attrs=BIN), **options
    )

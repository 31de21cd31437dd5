"""What is typed and scanned at the shelves. Each form bears a key of its own, so that sent twice it counts once."""

import secrets
from typing import Any

from django import forms

from dashboard.forms.fields import CountField
from orders.floor.stock_files import MODES

_BIN = {"list": "bins", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
_SCAN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}


class KeyedForm(forms.Form):
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.is_bound:
            self.initial["key"] = secrets.token_urlsafe(15)

    def renew_key(self) -> None:
        """What was refused is a new entry when it is sent again, changed."""
        self.data = {**self.data.dict(), "key": secrets.token_urlsafe(15)}  # type: ignore[attr-defined]


def bin_field(label: str, **options: Any) -> forms.CharField:
    return forms.CharField(max_length=20, label=label, widget=forms.TextInput(attrs=_BIN), **options)


class CountForm(KeyedForm):
    counted = CountField(label="How many lie there")
    bin = bin_field("Bin")


class CarryForm(KeyedForm):
    quantity = CountField(label="How many")
    from_bin = bin_field("From bin")
    to_bin = bin_field("To bin")


class AdjustForm(KeyedForm):
    """What came or went outside the usual ways; the reason stands in the ledger."""

    delta = CountField(
        signed=True, label="How many came (+) or went (-)", help_text="12, or -3 for what is taken away"
    )
    bin = bin_field("Bin")
    reason = forms.ChoiceField(
        label="Why",
        choices=[
            ("received", "received"),
            ("adjusted", "adjusted"),
            ("damaged", "damaged"),
            ("returned", "came back"),
        ],
    )


class ReceiveForm(KeyedForm):
    scan = forms.CharField(max_length=120, label="Item", widget=forms.TextInput(attrs=_SCAN))
    quantity = CountField(label="How many")
    bin = bin_field("Into bin")


class ScanForm(KeyedForm):
    scan = forms.CharField(max_length=120, label="Scan a piece", widget=forms.TextInput(attrs=_SCAN))
    quantity = CountField(label="How many")


class BeginCountForm(forms.Form):
    bin = bin_field("Count a bin")


class StockFileForm(KeyedForm):
    file = forms.FileField(
        label="CSV file",
        help_text="With the columns sku, bin and quantity. All of it is entered, or nothing.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )
    mode = forms.ChoiceField(
        label="The numbers are",
        choices=list(zip(MODES, ("what has arrived", "what was counted there"), strict=True)),
    )

    def renew_key(self) -> None:
        self.data = {"mode": self.data.get("mode", ""), "key": secrets.token_urlsafe(15)}

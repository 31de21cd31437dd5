"""What the packer types at the scale, at the hand-over, and when a parcel comes back."""

import re
from typing import Any

from django import forms

from core.text import ascii_digits
from dashboard.forms.fields import CountField, WeightField, read_count
from dashboard.packing import Mismatch
from warehouse.shelves import LONGEST_BIN_CODE


class PackForm(forms.Form):
    mismatch: Mismatch | None = None  # set when the scale disagrees

    weight = WeightField(
        label="Weight on the scale",
        max_length=20,
        widget=forms.TextInput(attrs={"autofocus": True, "inputmode": "decimal", "autocomplete": "off"}),
    )
    override_reason = forms.CharField(
        required=False,
        max_length=200,
        label="Pack it all the same, because",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def add_mismatch(self, mismatch: Mismatch) -> None:
        self.mismatch = mismatch
        self.add_error("weight", "The scale does not agree. Do not close the parcel yet.")


class ShipForm(forms.Form):
    tracking_number = forms.CharField(
        required=False,
        max_length=60,
        label="Tracking number",
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "spellcheck": "false"}),
    )
    carrier = forms.CharField(
        max_length=40,
        label="Carrier",
        widget=forms.TextInput(attrs={"list": "carriers", "autocomplete": "off"}),
    )


class ReturnForm(forms.Form):
    """A parcel that came back. A field `damaged-SKU` for each item holds how many of it are damaged."""

    bin = forms.CharField(
        required=False,
        max_length=LONGEST_BIN_CODE,
        label="Into which bin?",
        help_text="Leave it empty to put everything back where it came from.",
        widget=forms.TextInput(attrs={"list": "bins", "autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean(self) -> dict[str, Any]:
        """A typing error must not put a damaged item on the shelf as a good one."""
        for name, typed in self.data.items():
            if name.startswith("damaged-") and not re.fullmatch(
                r"[0-9]{0,6}", ascii_digits(str(typed)).strip()
            ):
                self.add_error(
                    None, f"How many of {name.removeprefix('damaged-')} are damaged? Type a whole number."
                )
        return self.cleaned_data

    def damaged(self) -> dict[str, int]:
        """How many of an item are damaged, by SKU."""
        found = {}
        for name in self.data:
            if name.startswith("damaged-") and (count := read_count(str(self.data[name]))):
                found[name.removeprefix("damaged-")] = count
        return found


class WeighPieceForm(forms.Form):
    """Several of one piece, weighed together."""

    count = CountField(label="How many lie on the scale")
    total = WeightField(
        label="They weigh together",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, piece_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.piece_id = piece_id

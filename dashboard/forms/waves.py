"""What the picker scans and types at a stop of the walk."""

from django import forms

from dashboard.forms.fields import CountField
from orders.models import Pick
from warehouse.shelves import LONGEST_BIN_CODE


class PickForm(forms.Form):
    scan = forms.CharField(
        required=False,
        max_length=120,
        label="Scan bin or item",
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    quantity = CountField(label="Taken")
    short_reason = forms.ChoiceField(
        required=False,
        label="If some are short: why?",
        choices=[
            ("", "all are there"),
            (Pick.ShortReason.NOT_FOUND, "not found in the bin"),
            (Pick.ShortReason.DAMAGED, "damaged"),
            (Pick.ShortReason.OTHER_BIN, "the rest lies in another bin"),
        ],
    )
    other_bin = forms.CharField(
        required=False,
        max_length=LONGEST_BIN_CODE,
        label="Which bin, if you know?",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

"""What the worker types and scans at the shelves. Each form has its own key: sent twice, it counts once."""

from django import forms

from dashboard.forms.fields import CountField, KeyedForm, bin_field


class CountForm(KeyedForm):
    counted = CountField(label="How many lie there")
    bin = bin_field("Bin")


class CarryForm(KeyedForm):
    quantity = CountField(label="How many")
    from_bin = bin_field("From bin")
    to_bin = bin_field("To bin")


class AdjustForm(KeyedForm):
    """Stock that came or went in another way; the ledger keeps the reason."""

    delta = CountField(
        signed=True, label="How many came (+) or went (-)", help_text="12, or -3 if you took 3 away"
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


class NewItemForm(forms.Form):
    """A piece or a bag that has no shelf yet."""

    set_num = forms.CharField(required=False, max_length=40, label="Set number")
    bag = forms.CharField(required=False, max_length=12, label="Bag")
    part_num = forms.CharField(required=False, max_length=60, label="Part number")
    color_id = CountField(required=False, signed=True, label="Colour number")

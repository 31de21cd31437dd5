"""How service enters what lies in a bag."""

from django import forms


class BagForm(forms.Form):
    """The contents of a bag, a row for each kind of piece."""

    rows = forms.CharField(
        max_length=20_000,
        help_text="one row for each kind of piece",
        widget=forms.Textarea(attrs={"rows": 14, "autofocus": True, "spellcheck": "false", "class": "code"}),
    )


class LabelledBagForm(BagForm):
    """The same, with a field for the bag's label."""

    label = forms.CharField(
        max_length=12,
        label="The bag's label",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "class": "code"}),
    )

    field_order = ("label", "rows")

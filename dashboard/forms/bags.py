"""What service types of what lies in a bag."""

from django import forms


class BagForm(forms.Form):
    """What lies in a bag, a row for each kind of piece."""

    rows = forms.CharField(
        max_length=20_000,
        help_text="one row for each kind of piece",
        widget=forms.Textarea(attrs={"rows": 14, "autofocus": True, "spellcheck": "false", "class": "code"}),
    )


class LabelledBagForm(BagForm):
    """The same, of a bag that the form itself names."""

    label = forms.CharField(
        max_length=12,
        label="The bag's label",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "class": "code"}),
    )

    field_order = ("label", "rows")

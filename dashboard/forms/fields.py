"""What staff type. Forms read it; what is possible is decided by the use cases."""

import re
from typing import Any

from django import forms

from core.text import ascii_digits
from orders.intake.canned_replies import KIND_WORDS
from orders.intake.reviewing import MAX_NOTE
from orders.models import Pick

_WEIGHT = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,6}))?\s*(mg|g|kg)?", re.IGNORECASE)
_MG = {"mg": 1, "g": 1_000, "kg": 1_000_000}


def read_weight(text: str) -> int | None:
    """What a scale says, in mg: `43.1`, `43,1 g`, `220 mg`. Grams where no unit stands; None for no weight."""
    found = _WEIGHT.fullmatch(ascii_digits(text).strip())
    if found is None:
        return None
    whole, fraction, unit = found.groups()
    factor = _MG[(unit or "g").lower()]
    parts = int(fraction or 0) * factor
    return int(whole) * factor + round(parts / float(10 ** len(fraction or "")))


def read_count(text: str) -> int:
    """A number of things as typed; 0 for what is none."""
    plain = ascii_digits(text).strip()
    return int(plain) if re.fullmatch(r"[0-9]{1,6}", plain) else 0


def read_id(text: str) -> int:
    """A row's number as a form sends it; 0, which no row has, for what is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0


class WeightField(forms.CharField):
    """A weight in grams, or in the unit typed behind it; cleaned to mg."""

    def clean(self, value: Any) -> Any:
        weight = read_weight(super().clean(value))
        if weight is None:
            raise forms.ValidationError("Type what the scale says, in grams: 43.1", code="invalid")
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


class ReviewForm(forms.Form):
    """A decision; with `trim`, a field `line-ID` for each line says how many of it are sent."""

    decision = forms.CharField(max_length=20)
    word = forms.ChoiceField(
        required=False,
        label="A kind word, in the customer's language",
        choices=[("", "none"), *KIND_WORDS.items()],
    )
    note = forms.CharField(
        required=False,
        label="And a word of your own",
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": MAX_NOTE}),
        help_text="Both go into the mail when you send less or decline. Write in the customer's language.",
    )

    def quantities(self) -> dict[int, int]:
        """How many of each line are sent, by the lines' ids; a line whose field is no number is not named."""
        found: dict[int, int] = {}
        for name in self.data:
            line_id = name.removeprefix("line-")
            if name != line_id and line_id.isdecimal() and len(line_id) < 19:
                typed = ascii_digits(str(self.data[name])).strip()
                if typed.isdecimal() and len(typed) < 8:
                    found[int(line_id)] = int(typed)
        return found


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
        max_length=20,
        label="Which bin, if you know?",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class PackForm(forms.Form):
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


class NewItemForm(forms.Form):
    """A piece or a bag that has no shelf yet."""

    set_num = forms.CharField(required=False, max_length=40, label="Set number")
    bag = forms.CharField(required=False, max_length=12, label="Bag")
    part_num = forms.CharField(required=False, max_length=60, label="Part number")
    color_id = CountField(required=False, signed=True, label="Colour number")


class ReturnForm(forms.Form):
    """A parcel that came back; a field `damaged-SKU` for each item says how many of it are."""

    bin = forms.CharField(
        required=False,
        max_length=20,
        label="Into which bin?",
        help_text="Leave it empty, and all goes back to where it was taken from.",
        widget=forms.TextInput(attrs={"list": "bins", "autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean(self) -> dict[str, Any]:
        """What is broken must not lie on the shelf as whole because of a slip of the finger."""
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
    count = CountField(label="How many lie on the scale")
    total = WeightField(
        label="They weigh together",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

"""What service types into a letter."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from notifications.letters.editing import EditableText
from orders.letters.editing import LONGEST_NOTE, LONGEST_TEXT, LetterWishes
from orders.letters.holds import LONGEST_PRINTED

WHAT = {
    "customer": "The customer's name",
    "builder": "The builder's name",
    "set": "The name of the set",
    "item": "A thing that was asked for",
    "colour": "A colour",
    "address": "A line of the address",
}


class LetterForm(forms.Form):
    """A letter, text by text. Which texts there are is known only when it is opened."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        label="A personal note",
        help_text="Stands before the goodbye, in the customer's language. Leave it empty for none.",
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    serious = forms.BooleanField(
        required=False,
        label="In a serious tone",
        help_text="Without the theme's villain and hero. What you changed in sentences is kept aside meanwhile.",
    )

    def __init__(
        self, data: Mapping[str, Any] | None, *, texts: Sequence[EditableText], language: str, **options: Any
    ):
        super().__init__(data, **options)
        self.count = len(texts)
        for at, text in enumerate(texts):
            rows = max(2, len(text.text) // 75 + 1)
            self.fields[f"text_{at}"] = forms.CharField(
                required=False,
                max_length=LONGEST_TEXT,
                strip=False,
                label=text.label,
                initial=text.text,
                help_text="Changed by a person." if text.text != text.composed else "",
                widget=forms.Textarea(attrs={"rows": rows, "dir": "auto", "lang": language}),
            )

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[f"text_{at}"] for at in range(self.count)]

    def wishes(self) -> LetterWishes:
        """What a valid form asks for."""
        cleaned = self.cleaned_data
        return LetterWishes(
            note=cleaned["note"].replace("\r\n", "\n"),
            tone="serious" if cleaned["serious"] else "",
            texts=tuple(cleaned[f"text_{at}"] for at in range(self.count)),
        )

    def field_of(self) -> dict[str, str]:
        """At which field a problem of the use case is shown."""
        return {"/note": "note"} | {f"/texts/{at}": f"text_{at}" for at in range(self.count)}


class ReleaseForm(forms.Form):
    """For each text that is in the way, what is printed instead."""

    def __init__(self, data: Mapping[str, Any] | None, *, troubles: Sequence[Mapping[str, str]]):
        super().__init__(data)
        self.texts = [trouble["text"] for trouble in troubles]
        for at, trouble in enumerate(troubles):
            missing = trouble["characters"]
            self.fields[f"printed_{at}"] = forms.CharField(
                max_length=LONGEST_PRINTED,
                label=f"{WHAT.get(trouble['what'], 'A text')}: {trouble['text']}",
                help_text=f"In the way: {missing}" if missing else "",
                initial=trouble["text"],
                widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
            )

    def print_as(self) -> dict[str, str]:
        return {text: self.cleaned_data[f"printed_{at}"] for at, text in enumerate(self.texts)}

    def field_of(self) -> dict[str, str]:
        return {f"/{text}": f"printed_{at}" for at, text in enumerate(self.texts)}

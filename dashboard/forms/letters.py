"""What service types to change a letter or to release it."""

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
    "item": "An item of the order",
    "colour": "A colour",
    "address": "A line of the address",
}


class LetterForm(forms.Form):
    """A letter, text by text. The texts are known only when the letter is opened."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        label="A personal note",
        help_text="Printed before the goodbye. Write in the customer's language, or leave it empty.",
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    serious = forms.BooleanField(
        required=False,
        label="In a serious tone",
        help_text="Without the theme's villain and hero. Your changed sentences are kept, but not printed.",
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
                help_text="Changed by hand." if text.text != text.composed else "",
                widget=forms.Textarea(attrs={"rows": rows, "dir": "auto", "lang": language}),
            )

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[f"text_{at}"] for at in range(self.count)]

    def wishes(self) -> LetterWishes:
        """The wishes of a valid form."""
        cleaned = self.cleaned_data
        return LetterWishes(
            note=cleaned["note"].replace("\r\n", "\n"),
            tone="serious" if cleaned["serious"] else "",
            texts=tuple(cleaned[f"text_{at}"] for at in range(self.count)),
        )

    def field_of(self) -> dict[str, str]:
        """The field that shows a problem, by the problem's pointer."""
        return {"/note": "note"} | {f"/texts/{at}": f"text_{at}" for at in range(self.count)}


class ReleaseForm(forms.Form):
    """For each text that cannot be printed, the text to print instead."""

    def __init__(self, data: Mapping[str, Any] | None, *, troubles: Sequence[Mapping[str, str]]):
        super().__init__(data)
        self.texts = [trouble["text"] for trouble in troubles]
        for at, trouble in enumerate(troubles):
            missing = trouble["characters"]
            self.fields[f"printed_{at}"] = forms.CharField(
                max_length=LONGEST_PRINTED,
                label=f"{WHAT.get(trouble['what'], 'A text')}: {trouble['text']}",
                help_text=f"Not in our fonts: {missing}" if missing else "",
                initial=trouble["text"],
                widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
            )

    def print_as(self) -> dict[str, str]:
        return {text: self.cleaned_data[f"printed_{at}"] for at, text in enumerate(self.texts)}

    def field_of(self) -> dict[str, str]:
        return {f"/{text}": f"printed_{at}" for at, text in enumerate(self.texts)}

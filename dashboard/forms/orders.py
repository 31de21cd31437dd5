"""What service types on the page of an order."""

from django import forms

from core.text import ascii_digits
from orders.intake.canned_replies import KIND_WORDS
from orders.intake.reviewing import MAX_NOTE


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
        """How many of each line are sent, by line id. A line whose field is no number is left out."""
        found: dict[int, int] = {}
        for name in self.data:
            line_id = name.removeprefix("line-")
            if name != line_id and line_id.isdecimal() and len(line_id) < 19:
                typed = ascii_digits(str(self.data[name])).strip()
                if typed.isdecimal() and len(typed) < 8:
                    found[int(line_id)] = int(typed)
        return found

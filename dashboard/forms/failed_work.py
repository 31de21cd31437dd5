"""What service types about work that failed."""

from django import forms


class GiveUpForm(forms.Form):
    note = forms.CharField(
        max_length=300,
        label="Why it stays undone",
        help_text="It is kept with your name.",
        error_messages={"required": "Type why it stays undone."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

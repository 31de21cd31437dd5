"""The forms of sign-in."""

from typing import Any

from django import forms


class SignInForm(forms.Form):
    username = forms.CharField(
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = forms.CharField(
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """A code of the authenticator app, or one of the recovery codes."""

    code = forms.CharField(
        max_length=32,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True, "class": "code"}
        ),
    )


class EnrolForm(CodeForm):
    """The new phone's code. A user who has a phone already first gives one of its codes, or a recovery code."""

    def __init__(self, *args: Any, asks_for_current: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asks_for_current = asks_for_current
        if asks_for_current:
            self.fields["current"] = forms.CharField(
                max_length=32,
                widget=forms.TextInput(attrs={"autocomplete": "off", "class": "code"}),
            )
            self.order_fields(["current", "code"])

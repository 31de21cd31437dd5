"""Fields of our forms: label, hint, error and input, tied together for screen readers too."""

from typing import Any

from django import template

from core.form_state import FormState

register = template.Library()


@register.inclusion_tag("core/_text_field.html")
def text_field(form: FormState, name: str, label: str, **attributes: Any) -> dict[str, Any]:
    """A text input (`rows=` makes it a text area). The rest: hint, type, autocomplete, inputmode, width, optional."""
    return {"name": name, "label": label, "value": form.value(name), "error": form.error(name), **attributes}


@register.simple_tag
def line_error(form: FormState, name: str, index: int) -> str:
    """The error of a field that repeats on each line of a list."""
    return form.error(f"{name}-{index}")

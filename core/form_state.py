"""What was typed into a form, kept exactly as it was typed, and what is wrong with it, field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise


@dataclass(slots=True)
class FormState:
    """Values by field name, errors by field name. Names order the summary as the page orders the fields."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, list[str | Promise]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        """The first thing that is wrong with a field, or nothing."""
        return str(self.errors[name][0]) if self.errors.get(name) else ""

    def add_error(self, name: str, detail: str | Promise) -> None:
        """Note a problem; the same sentence twice at one field is said once."""
        known = self.errors.setdefault(name, [])
        if str(detail) not in map(str, known):
            known.append(detail)

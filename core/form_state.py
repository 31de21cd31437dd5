"""The text a person typed into a form, kept exactly as typed, and the errors of each field."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise


@dataclass(slots=True)
class FormState:
    """Values by field name, errors by field name. The order of the names is the order of the fields on the page."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, list[str | Promise]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        """The field's first error, or an empty text."""
        return str(self.errors[name][0]) if self.errors.get(name) else ""

    def add_error(self, name: str, detail: str | Promise) -> None:
        """Note a problem. A field shows the same sentence only once."""
        known = self.errors.setdefault(name, [])
        if str(detail) not in map(str, known):
            known.append(detail)

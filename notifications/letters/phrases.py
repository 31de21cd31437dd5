"""A text with placeholders, filled once by plain substitution. Nothing is ever evaluated."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAMED = re.compile(r"\{([a-z_]+)\}")
_OURS = frozenset({"villain", "hero", "things"})
_OPENS = re.compile(r"(?:^|[.!?…]\s+)[“«¡¿]?$|: [“«]$")


class BadPhrase(ValueError):
    """A text with a brace that belongs to no placeholder. The message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """`text` cut at its placeholders: literal, name, literal, name, ..., literal."""

    text: str
    cut: tuple[str, ...]

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(self.cut[1::2])

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with each placeholder replaced. Placeholders inside a value are not replaced.

        A value from our own texts (`_OURS`) gets a capital at the beginning of a sentence; a customer's text stays.
        """
        parts = list(self.cut)
        for index in range(1, len(parts), 2):
            name = parts[index]
            value = values[name]
            if name in _OURS and _OPENS.search(parts[index - 1]) and (index == 1 or parts[index - 1]):
                value = value[:1].upper() + value[1:]
            parts[index] = value
        return "".join(parts)


def parse_phrase(text: str) -> Phrase:
    """Cut `text` at its placeholders. Raises BadPhrase for a brace that belongs to none."""
    cut = tuple(_NAMED.split(text))
    for literal in cut[::2]:
        if "{" in literal or "}" in literal:
            raise BadPhrase(
                f"a brace without its partner, or an odd name between braces, near “{literal.strip()[:40]}”:"
                " write a placeholder as {name}, in small letters"
            )
    return Phrase(text=text, cut=cut)

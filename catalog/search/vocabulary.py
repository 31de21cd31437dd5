"""The catalogue's own words, kept in each process, and the correction of mistyped words to them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.models import Color, Word
from catalog.revising import read_state
from catalog.search.set_order import SetOrder
from catalog.text import words

# Spellings that people use and the catalogue mostly does not; by edit distance none of these would come first.
SPELLINGS = {
    "grey": "gray",
    "colour": "color",
    "tyre": "tire",
    "aeroplane": "airplane",
    "calender": "calendar",
}

MOST_READINGS = 3
SHORTEST_HALF = 3


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words in order and by their length, and how many names each is in."""

    sorted_words: list[str]
    by_length: dict[int, list[str]]
    uses: dict[str, int]

    @classmethod
    def of(cls, uses: Mapping[str, int]) -> "Vocabulary":
        by_length = defaultdict(list)
        for word in uses:
            by_length[len(word)].append(word)
        return cls(sorted(uses), dict(by_length), dict(uses))

    def knows(self, word: str) -> bool:
        """Whether a word of the catalogue is, or begins with, this one. Numbers are always known."""
        if any(letter.isdecimal() for letter in word):
            return True
        at = bisect_left(self.sorted_words, word)
        return at < len(self.sorted_words) and self.sorted_words[at].startswith(word)

    def knows_all(self, asked: list[str]) -> bool:
        """Whether any name can have all these words; if not, the index need not be asked."""
        return all(map(self.knows, asked))

    def corrected(self, asked: list[str]) -> list[str]:
        """The same words, but an unknown word is replaced by the nearest known one, if one is near, or by the two
        words that it joins.
        """
        return [
            better for word in asked for better in ([word] if self.knows(word) else self._corrected(word))
        ]

    def joined(self, asked: list[str]) -> list[str]:
        """The same words, but neighbours that form one known word are joined: `snow speeder`."""
        found: list[str] = []
        for word in asked:
            if found and found[-1] + word in self.uses:
                found[-1] += word
            else:
                found.append(word)
        return found

    def least_specific(self, asked: list[str]) -> list[int]:
        """The positions of the words, the least specific first: beginnings that are no words, then words of many
        names.

        Numbers are the most specific, and the last word may still be typed.
        """

        def specificity(place: int) -> tuple[bool, int]:
            uses = self.uses.get(asked[place], 0)
            is_finished = place < len(asked) - 1 and not any(map(str.isdecimal, asked[place]))
            return bool(uses) or not is_finished, -uses

        return sorted(range(len(asked)), key=specificity)

    def _corrected(self, word: str) -> list[str]:
        if word in SPELLINGS and SPELLINGS[word] in self.uses:
            return [SPELLINGS[word]]
        slips = slips_allowed(word)
        # One typing error is likelier than a missing space, and that is likelier than several errors.
        near = self._nearest(word, min(slips, 1))
        if near is None:
            if halves := self._halves(word):
                return halves
            near = self._nearest(word, slips) if slips > 1 else None
        return [word if near is None else near]

    def _halves(self, word: str) -> list[str]:
        found = [
            (min(self.uses[word[:at]], self.uses[word[at:]]), at)
            for at in range(SHORTEST_HALF, len(word) - SHORTEST_HALF + 1)
            if word[:at] in self.uses and word[at:] in self.uses
        ]
        if not found:
            return []
        _uses, at = max(found)
        return [word[:at], word[at:]]

    def _nearest(self, word: str, slips: int) -> str | None:
        near = [
            match
            # This many errors change the length by at most as many letters.
            for length in range(len(word) - slips, len(word) + slips + 1)
            for match in process.extract(
                word, self.by_length.get(length, ()), scorer=OSA.distance, score_cutoff=slips, limit=None
            )
        ]
        if not near:
            return None
        # Among equally near words, prefer the same first letter, which people rarely mistype, then the more frequent
        # word.
        best, _distance, _index = min(
            near, key=lambda match: (match[1], match[0][:1] != word[:1], -self.uses[match[0]], match[0])
        )
        return best


def usual_spelling(asked: Sequence[str]) -> list[str]:
    """The words as the catalogue mostly spells them. Its names with another spelling are indexed under both."""
    return [SPELLINGS.get(word, word) for word in asked]


def slips_allowed(word: str) -> int:
    """How many letters may be wrong, missing, added or swapped: one in a short word, three in a long."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2 if len(word) < 10 else 3


@dataclass(frozen=True, slots=True)
class ColorNames:
    """The words of each colour's name."""

    names: list[tuple[int, frozenset[str]]]

    def readings(self, asked: list[str]) -> list[tuple[list[int], list[str]]]:
        """The colours that the words may name, each with the remaining words; the likeliest first.

        The whole name of a colour means just that one: `red` means Red, not Dark Red. Otherwise words that several
        colours share mean all of these: `bluish gray` means two.
        """
        spelled = usual_spelling(asked)
        given = frozenset(spelled)
        whole = max((name for _key, name in self.names if name and name <= given), key=len, default=None)
        if whole:
            return [self._without(spelled, whole, [key for key, name in self.names if name == whole])]
        if begun := self._begun(spelled):
            return [begun]
        sharing: dict[frozenset[str], list[int]] = {}
        for key, name in self.names:
            if shared := name & given:
                sharing.setdefault(shared, []).append(key)
        likeliest = sorted(
            sharing, key=lambda shared: (-len(shared), -len(sharing[shared]), min(sharing[shared]))
        )
        return [self._without(spelled, shared, sharing[shared]) for shared in likeliest[:MOST_READINGS]]

    def _begun(self, asked: list[str]) -> tuple[list[int], list[str]] | None:
        """Colours whose last word is still being typed: `dark blui` is not the name of a part."""
        *others, typing = asked
        given = frozenset(others)
        begun = [
            (len(name & given), key, name)
            for key, name in self.names
            if name & given and any(word.startswith(typing) for word in name - given)
        ]
        if not begun:
            return None
        most = max(shared for shared, _key, _name in begun)
        likeliest = [(key, name) for shared, key, name in begun if shared == most]
        named = frozenset(given.intersection(*(name for _key, name in likeliest)))
        return [key for key, _name in likeliest], [word for word in others if word not in named]

    def _without(
        self, asked: list[str], named: frozenset[str], colors: list[int]
    ) -> tuple[list[int], list[str]]:
        return colors, [word for word in asked if word not in named]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What each process keeps of one catalogue: the words of sets and of pieces, the names of colours, the order of
    sets.
    """

    sets: Vocabulary
    pieces: Vocabulary
    colors: ColorNames
    set_order: SetOrder


Key = tuple[int, datetime | None]
_held: tuple[Key, Lexicon] | None = None


def current_lexicon() -> Lexicon:
    """The words from which the index in the database was made; read again after each import."""
    global _held
    state = read_state()
    key = (state.indexed_number, state.changed_at)
    if _held is None or _held[0] != key:
        _held = (key, _read())
    return _held[1]


def _read() -> Lexicon:
    uses: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, text, number in Word.objects.values_list("kind", "text", "uses"):
        uses[kind][text] = number
    names = [(color, frozenset(words(name))) for color, name in Color.objects.values_list("id", "name")]
    return Lexicon(
        Vocabulary.of(uses[Word.Kind.SET]),
        Vocabulary.of(uses[Word.Kind.PIECE]),
        ColorNames(names),
        SetOrder.read(),
    )

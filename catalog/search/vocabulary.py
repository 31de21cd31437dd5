"""The catalogue's own words, held in each process, and a mistyped word brought back to one of them."""

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

# What people type where the catalogue mostly has another spelling: no distance of letters would rank it first.
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
    """Words in order and by their length, and how many things each names."""

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
        """Whether anything can be called by these words; the index need not be asked where nothing can."""
        return all(map(self.knows, asked))

    def corrected(self, asked: list[str]) -> list[str]:
        """The same words, each that is unknown replaced by the nearest known one, where one is near; or by two that
        were typed in one."""
        return [
            better for word in asked for better in ([word] if self.knows(word) else self._corrected(word))
        ]

    def joined(self, asked: list[str]) -> list[str]:
        """The same words, neighbours that are one word put together: `snow speeder`."""
        found: list[str] = []
        for word in asked:
            if found and found[-1] + word in self.uses:
                found[-1] += word
            else:
                found.append(word)
        return found

    def least_telling(self, asked: list[str]) -> list[int]:
        """The places of the words, those first that say least: beginnings that are no words, then what much is called.

        Numbers say most, and the last word may still be typed.
        """

        def says(place: int) -> tuple[bool, int]:
            uses = self.uses.get(asked[place], 0)
            is_finished = place < len(asked) - 1 and not any(map(str.isdecimal, asked[place]))
            return bool(uses) or not is_finished, -uses

        return sorted(range(len(asked)), key=says)

    def _corrected(self, word: str) -> list[str]:
        if word in SPELLINGS and SPELLINGS[word] in self.uses:
            return [SPELLINGS[word]]
        slips = slips_allowed(word)
        # One slip is likelier than a forgotten space, and that likelier than several slips.
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
            # So many slips change the length by no more than that.
            for length in range(len(word) - slips, len(word) + slips + 1)
            for match in process.extract(
                word, self.by_length.get(length, ()), scorer=OSA.distance, score_cutoff=slips, limit=None
            )
        ]
        if not near:
            return None
        # Of equally near ones the same first letter, which people rarely mistype, then the more frequent.
        best, _distance, _index = min(
            near, key=lambda match: (match[1], match[0][:1] != word[:1], -self.uses[match[0]], match[0])
        )
        return best


def usual_spelling(asked: Sequence[str]) -> list[str]:
    """The words as the catalogue mostly spells them. What it spells otherwise is indexed under both."""
    return [SPELLINGS.get(word, word) for word in asked]


def slips_allowed(word: str) -> int:
    """How many letters may be wrong, missing, too many or swapped: one in a short word, three in a long."""
    return 0 if len(word) < 3 else 1 if len(word) < 6 else 2 if len(word) < 10 else 3


@dataclass(frozen=True, slots=True)
class ColorNames:
    """The words of each colour's name."""

    names: list[tuple[int, frozenset[str]]]

    def readings(self, asked: list[str]) -> list[tuple[list[int], list[str]]]:
        """What colours the words may name, each with the words that are left; the likeliest first.

        A colour's whole name is one: `red` means Red, and not Dark Red. Where there is none, words that several
        colours share mean all of these: `bluish gray` is said of two.
        """
        spelled = usual_spelling(asked)
        said = frozenset(spelled)
        whole = max((name for _key, name in self.names if name and name <= said), key=len, default=None)
        if whole:
            return [self._without(spelled, whole, [key for key, name in self.names if name == whole])]
        if begun := self._begun(spelled):
            return [begun]
        sharing: dict[frozenset[str], list[int]] = {}
        for key, name in self.names:
            if shared := name & said:
                sharing.setdefault(shared, []).append(key)
        likeliest = sorted(
            sharing, key=lambda shared: (-len(shared), -len(sharing[shared]), min(sharing[shared]))
        )
        return [self._without(spelled, shared, sharing[shared]) for shared in likeliest[:MOST_READINGS]]

    def _begun(self, asked: list[str]) -> tuple[list[int], list[str]] | None:
        """Colours of which the last word is still being typed: `dark blui` names no part that is called so."""
        *others, typing = asked
        said = frozenset(others)
        begun = [
            (len(name & said), key, name)
            for key, name in self.names
            if name & said and any(word.startswith(typing) for word in name - said)
        ]
        if not begun:
            return None
        most = max(shared for shared, _key, _name in begun)
        likeliest = [(key, name) for shared, key, name in begun if shared == most]
        named = frozenset(said.intersection(*(name for _key, name in likeliest)))
        return [key for key, _name in likeliest], [word for word in others if word not in named]

    def _without(
        self, asked: list[str], named: frozenset[str], colors: list[int]
    ) -> tuple[list[int], list[str]]:
        return colors, [word for word in asked if word not in named]


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What each process holds of one catalogue: the words of sets and of pieces, colours' names, the sets' order."""

    sets: Vocabulary
    pieces: Vocabulary
    colors: ColorNames
    set_order: SetOrder


Key = tuple[int, datetime | None]
_held: tuple[Key, Lexicon] | None = None


def current_lexicon() -> Lexicon:
    """The words that the index in the database was made of; read again after each import."""
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

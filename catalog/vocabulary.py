"""The catalogue's own words, held in each process, and a mistyped word brought back to one of them."""

from bisect import bisect_left
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.models import Color, Revision, Word
from catalog.text import words

# What people type where the catalogue has another spelling that no distance of letters would find or rank first.
SPELLINGS = {"grey": "gray", "colour": "color", "tyre": "tire", "aeroplane": "airplane"}


MOST_READINGS = 3


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words in order, and how many things each names."""

    sorted_words: list[str]
    uses: dict[str, int]

    def knows(self, word: str) -> bool:
        """Whether a word of the catalogue is, or begins with, this one. Numbers are always known."""
        if any(letter.isdecimal() for letter in word):
            return True
        at = bisect_left(self.sorted_words, word)
        return at < len(self.sorted_words) and self.sorted_words[at].startswith(word)

    def corrected(self, asked: list[str]) -> list[str]:
        """The same words, each that is unknown replaced by the nearest known one, where one is near."""
        return [word if self.knows(word) else self._nearest(word) for word in asked]

    def _nearest(self, word: str) -> str:
        if word in SPELLINGS and SPELLINGS[word] in self.uses:
            return SPELLINGS[word]
        near = process.extract(
            word, self.sorted_words, scorer=OSA.distance, score_cutoff=slips_allowed(word), limit=None
        )
        if not near:
            return word
        # Of equally near ones the same first letter, which people rarely mistype, then the more frequent.
        best, _distance, _index = min(
            near, key=lambda match: (match[1], match[0][:1] != word[:1], -self.uses[match[0]], match[0])
        )
        return best


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
        spelled = [SPELLINGS.get(word, word) for word in asked]
        said = frozenset(spelled)
        whole = max((name for _key, name in self.names if name and name <= said), key=len, default=None)
        if whole:
            return [self._without(spelled, whole, [key for key, name in self.names if name == whole])]
        sharing: dict[frozenset[str], list[int]] = {}
        for key, name in self.names:
            if shared := name & said:
                sharing.setdefault(shared, []).append(key)
        likeliest = sorted(
            sharing, key=lambda shared: (-len(shared), -len(sharing[shared]), min(sharing[shared]))
        )
        return [self._without(spelled, shared, sharing[shared]) for shared in likeliest[:MOST_READINGS]]

    def _without(
        self, asked: list[str], named: frozenset[str], colors: list[int]
    ) -> tuple[list[int], list[str]]:
        return colors, [word for word in asked if word not in named]


Key = tuple[int, str]
_vocabularies: dict[str, tuple[Key, Vocabulary]] = {}
_colors: dict[str, tuple[Key, ColorNames]] = {}


def _catalogue_key() -> Key:
    """Names the catalogue that the words in the database were taken from; another one has another name."""
    row = Revision.objects.filter(pk=1).values_list("indexed_number", "changed_at").first()
    return (row[0], str(row[1])) if row else (0, "")


def current_vocabulary(kind: Word.Kind) -> Vocabulary:
    """The words of sets, or of pieces; read again after each import."""
    key = _catalogue_key()
    held = _vocabularies.get(kind)
    if held is None or held[0] != key:
        uses = dict(Word.objects.filter(kind=kind).values_list("text", "uses"))
        held = _vocabularies[kind] = (key, Vocabulary(sorted(uses), uses))
    return held[1]


def current_colors() -> ColorNames:
    key = _catalogue_key()
    held = _colors.get("all")
    if held is None or held[0] != key:
        names = [(color, frozenset(words(name))) for color, name in Color.objects.values_list("id", "name")]
        held = _colors["all"] = (key, ColorNames(names))
    return held[1]

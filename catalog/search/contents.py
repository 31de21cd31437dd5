"""Search inside one set: the rows of its inventory that match the typed words.

A set has a few thousand rows at most, so they are all read and compared here, in the same way for both databases.
"""

from collections.abc import Iterable

from catalog.models import Content, Element
from catalog.search.pieces import could_be_element_id
from catalog.search.vocabulary import current_lexicon, usual_spelling
from catalog.text import clean_identifier, words

LONGEST_QUERY = 200
MOST_WORDS = 8


def rows_fitting(inventory_id: int | None, typed: str) -> list[int]:
    """The ids of the rows that match. Each word must begin a word of the part's name, category or number, of the
    colour or of the minifig; or the typed text is the element id. If no row matches, words are corrected as in every
    search.
    """
    typed = clean_identifier(typed)[:LONGEST_QUERY]
    asked = usual_spelling(words(typed)[:MOST_WORDS])
    rows = Content.objects.filter(inventory=inventory_id)
    if could_be_element_id(typed):
        named = rows.filter(piece__in=Element.objects.filter(element_id=typed).values("piece"))
        if ids := list(named.values_list("pk", flat=True)):
            return ids
    if not asked:
        return []
    texts = _Texts(rows.values_list("pk", *_Texts.COLUMNS))
    if fitting := texts.fitting(asked):
        return fitting
    corrected = current_lexicon().pieces.corrected(asked)
    return texts.fitting(corrected) if corrected != asked else []


class _Texts:
    """The texts of each row. Most texts occur in many rows, and are split into words only once."""

    COLUMNS = (
        "piece__part__name",
        "piece__part__category",
        "piece__part__part_num",
        "piece__color__name",
        "minifig",
    )

    def __init__(self, rows: Iterable[tuple[int, str, str, str, str, str]]) -> None:
        self._rows = list(rows)
        self._begins: dict[tuple[str, str], bool] = {}
        self._words: dict[str, list[str]] = {}

    def fitting(self, asked: list[str]) -> list[int]:
        return [
            pk
            for pk, *texts in self._rows
            if all(any(self._has(text, word) for text in texts) for word in asked)
        ]

    def _has(self, text: str, word: str) -> bool:
        known = self._begins.get((text, word))
        if known is None:
            named = self._words.get(text)
            if named is None:
                named = self._words[text] = words(text)
            known = self._begins[text, word] = any(each.startswith(word) for each in named)
        return known

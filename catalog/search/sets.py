"""Search for sets the way people ask: a number, a name with a typing error, an element id, `red 2x4 brick`.

It works alike on both databases. A number that is an identifier is looked up. All words must match, each as the
beginning of a word; the database returns at most 200 candidates in the index's own order, and one ranking in Python
puts the best first. If nothing matches, words are corrected to the catalogue's own, and at last some words are left
out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import connection
from django.db.models import Q, QuerySet

from catalog.models import Piece, Set, Theme
from catalog.search.indexing import SETS
from catalog.search.matching import CANDIDATES, candidates, misfit
from catalog.search.pieces import could_be_identifier, pieces_called, pieces_identified
from catalog.search.vocabulary import Lexicon, Vocabulary, current_lexicon, usual_spelling
from catalog.text import clean_identifier, folded, words

# Pieces have sizes, such as `2x4`; sets hardly ever.
_SIZE = re.compile(r"\b[0-9]{1,2}\s*[x×]\s*[0-9]{1,2}\b", re.IGNORECASE)
LONGEST_QUERY = 200
MOST_WORDS = 8
# With more words than this, leaving out one or another seldom helps, and each try costs a query.
FEW_WORDS = 5
# If fewer sets than this have the piece, the query may have meant something else.
FEW_SETS = 12
# What people write around a name or a number, in our three languages.
FILLER_WORDS = frozenset(
    [
        "lego",
        "set",
        "number",
        "nr",
        "no",
        "ref",
        "box",
        "numero",
        "num",
        "caja",
        "juego",
        "شماره",
        "جعبه",
        "ست",
        "لگو",
    ]
)
# Short words that many names have, and that may still tell two names apart: an A-wing from a Y-wing.
SMALL_WORDS = frozenset(["the", "a", "an", "of", "and", "de", "del", "el", "la", "los", "las", "y"])
# A number of this many digits is a set's or an element's, whatever words are around it. A shorter one may be part of a
# name.
CERTAIN_DIGITS, FEWEST_DIGITS = 5, 3
YEARS = range(1930, 2100)


@dataclass(frozen=True, slots=True)
class Filters:
    """Further conditions of a search: one of these themes, a year; always live."""

    themes: frozenset[int] | None = None
    year: int | None = None

    def rows(self) -> QuerySet[Set]:
        rows = Set.objects.filter(retired_at__isnull=True)
        if self.themes is not None:
            rows = rows.filter(theme__in=self.themes)
        return rows if self.year is None else rows.filter(year=self.year)

    def sql(self) -> tuple[str, list[int]] | None:
        """The ids of the allowed sets, for a statement of our own; None if all live sets are allowed."""
        conditions, parameters = [], list[int]()
        if self.themes is not None:
            conditions.append(f"theme_id IN ({', '.join(['%s'] * len(self.themes)) or 'NULL'})")
            parameters.extend(self.themes)
        if self.year is not None:
            conditions.append("year = %s")
            parameters.append(self.year)
        if not conditions:
            return None
        return f"SELECT id FROM catalog_set WHERE {' AND '.join(conditions)}", parameters  # noqa: S608


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of sets, best first; and the piece that the query named, or how many sets have its number.

    `having` are the sets that were found because they have the piece; for a part number, in any colour.
    """

    ids: list[int]
    piece: Piece | None = None
    in_any_color: bool = False
    having: frozenset[int] = frozenset()
    same_number: int = 0

    @property
    def all_have_it(self) -> bool:
        return self.having.issuperset(self.ids)


def search_sets(
    query: str, *, theme: int | None = None, year: int | None = None, limit: int = CANDIDATES
) -> list[Set]:
    """Live sets that match the query, best first, each with its theme."""
    return load_sets(find_sets(query, theme=theme, year=year, limit=limit).ids)


def load_sets(ids: Sequence[int]) -> list[Set]:
    """These sets in this order, each with its theme."""
    rows = Set.objects.select_related("theme").in_bulk(ids)
    return [rows[key] for key in ids if key in rows]


def find_sets(
    query: str, *, theme: int | None = None, year: int | None = None, limit: int = CANDIDATES
) -> Found:
    """Live sets that match the query, best first: the exact number, then the sets of an element, then names.

    An empty query gives the newest. `theme` includes the themes below it. After a number without a suffix, the other
    sets of that number (`-2`, `-3`) come right behind `-1`.
    """
    filters = Filters(themes_below(theme) if theme is not None else None, year)
    typed = clean_identifier(query)[:LONGEST_QUERY]
    if not typed:
        # The order of an index, read backwards.
        newest = filters.rows().filter(num_parts__gt=0).order_by("-year", "-set_num")
        return Found(list(newest.values_list("pk", flat=True)[:limit]))
    identifier = _identifier_in(typed)
    asked = usual_spelling(words(identifier or typed)[:MOST_WORDS])
    lexicon = current_lexicon()
    answers = _identified(identifier, asked, lexicon, filters, limit) if identifier else []
    if not any(answer.ids for answer in answers) and asked:
        attempts = filter(_has_sets, _attempts(asked, lexicon, filters, limit))
        answers = list(islice(attempts, 1))
        has_size = bool(_SIZE.search(typed))
        if answers and has_size and not answers[0].pieces:
            # Some sets have such names too, but a query with a size means a piece.
            answers.insert(0, _having(pieces_called(asked, lexicon, limit=1), lexicon, filters, limit))
        if answers and not has_size and answers[0].pieces and len(answers[0].ids) < FEW_SETS:
            # A customer may read words on the box that the catalogue lacks.
            answers.extend(islice((each for each in attempts if not each.pieces), 1))
    return _found(answers, identifier, limit)


def _found(answers: list["_Answer"], identifier: str, limit: int) -> Found:
    pieces = next((answer.pieces for answer in answers if answer.pieces), [])
    return Found(
        list(dict.fromkeys(key for answer in answers for key in answer.ids))[:limit],
        piece=Piece.objects.select_related("part", "color").get(pk=pieces[0]) if pieces else None,
        in_any_color=len(pieces) > 1,
        having=frozenset(key for answer in answers if answer.pieces for key in answer.ids),
        same_number=len(answers[0].ids) if identifier and answers and "-" not in identifier else 0,
    )


def _identifier_in(typed: str) -> str:
    """The part of the query that may be a number of a set or piece, without words around it: `Set #75290`, `75 290`."""
    parts = typed.replace("#", " ").split()
    meaningful = [each for each in parts if folded(each).rstrip(".:") not in FILLER_WORDS | SMALL_WORDS]
    if len(meaningful) == 1 and could_be_identifier(meaningful[0]):
        return meaningful[0]
    return "".join(meaningful) if all(each.isdecimal() for each in meaningful) else ""


def themes_below(theme: int) -> frozenset[int]:
    """A theme and all themes below it."""
    children: dict[int | None, list[int]] = {}
    for key, parent in Theme.objects.values_list("id", "parent"):
        children.setdefault(parent, []).append(key)
    found: set[int] = set()
    waiting = [theme]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(children.get(key, ()))
    return frozenset(found)


def _sets_numbered(typed: str, filters: Filters) -> list[int]:
    """The set of that number, then `-1`, then its other versions."""
    fits = Q(set_num__in={typed, typed.upper(), typed.lower()})
    if "-" not in typed and len(typed) > 2:
        fits |= numbered_like(typed)
    found = filters.rows().filter(fits).values_list("set_num", "id")[:CANDIDATES]
    ordered = sorted(found, key=lambda row: (row[0].lower() != typed.lower(), len(row[0]), row[0]))
    return [key for _set_num, key in ordered]


def numbered_like(base: str) -> Q:
    """Sets called `base-1`, `base-2` and so on, found by an index on either database."""
    if connection.vendor == "sqlite":
        # SQLite's LIKE ignores case and so cannot use our index. It compares by code, where "." comes right after "-".
        return Q(set_num__gte=f"{base}-", set_num__lt=f"{base}.")
    return Q(set_num__startswith=f"{base}-")


def _sets_of(pieces: list[int], lexicon: Lexicon, filters: Filters, limit: int) -> list[int]:
    """The sets that have one of these pieces now, the newest first."""
    if not pieces:
        return []
    found = lexicon.set_order.sets_with(pieces)
    if filters != Filters():
        allowed = set(filters.rows().values_list("pk", flat=True))
        found = [key for key in found if key in allowed]
    return found[:limit]


@dataclass(frozen=True, slots=True)
class _Answer:
    """Sets, and the pieces by which they were found, if any."""

    ids: list[int]
    pieces: list[int] = field(default_factory=list)


def _has_sets(answer: _Answer) -> bool:
    return bool(answer.ids)


def _having(pieces: list[int], lexicon: Lexicon, filters: Filters, limit: int) -> _Answer:
    return _Answer(_sets_of(pieces, lexicon, filters, limit), pieces)


def _identified(
    identifier: str, asked: list[str], lexicon: Lexicon, filters: Filters, limit: int
) -> list[_Answer]:
    """All meanings of a number, the likeliest first: a set, an element, the beginning of a number, a part."""
    return [
        _Answer(_sets_numbered(identifier, filters)),
        _having(pieces_identified(identifier, by_part=False), lexicon, filters, limit),
        _Answer(_sets_called(asked, lexicon.sets, filters)) if asked else _Answer([]),
        _having(pieces_identified(identifier, by_part=True), lexicon, filters, limit),
    ]


def _attempts(asked: list[str], lexicon: Lexicon, filters: Filters, limit: int) -> Iterator[_Answer]:
    """Answers, from the most literal reading of the words to the most generous. The first that is not empty counts."""

    def called(these: list[str]) -> _Answer:
        return _Answer(_sets_called(these, lexicon.sets, filters))

    def having(these: list[str]) -> _Answer:
        return _having(pieces_called(these, lexicon, limit=1), lexicon, filters, limit)

    yield called(asked)
    meaningful = [word for word in asked if word not in FILLER_WORDS]
    if meaningful and meaningful != asked:
        asked = meaningful
        yield called(asked)
    bare = [word for word in asked if word not in SMALL_WORDS] or asked
    if bare != asked:
        yield called(bare)
    joined = lexicon.sets.joined(asked)
    if joined != asked:
        yield called(joined)
    yield having(bare)
    certain = [word for word in asked if word.isdecimal() and len(word) >= CERTAIN_DIGITS]
    for number in certain:
        yield from _numbered_among(number, asked, lexicon, filters, limit)
    corrected = lexicon.sets.corrected(asked)
    if corrected != asked:
        yield called(corrected)
    corrected_piece = lexicon.pieces.corrected(bare)
    if corrected_piece != bare:
        yield having(corrected_piece)
    for number in asked:
        if number.isdecimal() and len(number) >= FEWEST_DIGITS and int(number) not in YEARS:
            yield from _numbered_among(number, asked, lexicon, filters, limit)
    for fewer in _with_fewer_words(corrected, lexicon.sets):
        yield called(fewer)


def _numbered_among(
    number: str, asked: list[str], lexicon: Lexicon, filters: Filters, limit: int
) -> Iterator[_Answer]:
    """The meanings of one number in a query, if nothing matches the whole query: `caja 10220`, `42100 excavadora`.

    After the set of that number come the sets that the other words name: the number may be the mistake.
    """
    others = [word for word in asked if word != number]
    if numbered := _sets_numbered(number, filters):
        yield _Answer(numbered + (_sets_called(others, lexicon.sets, filters) if others else []))
    yield _having(pieces_identified(number, by_part=False), lexicon, filters, limit)
    yield _having(pieces_identified(number, by_part=True), lexicon, filters, limit)


def _with_fewer_words(asked: list[str], vocabulary: Vocabulary) -> Iterator[list[str]]:
    """Without words that no set has, without small words, then without each single word, the least specific first."""
    known = [word for word in asked if vocabulary.knows(word)]
    if known and known != asked:
        yield known
    bare = [word for word in known if word not in SMALL_WORDS]
    if bare and bare != known:
        known = bare
        yield known
    if 1 < len(known) <= FEW_WORDS:
        for position in vocabulary.least_specific(known):
            yield known[:position] + known[position + 1 :]


def _sets_called(asked: list[str], vocabulary: Vocabulary, filters: Filters) -> list[int]:
    if not vocabulary.knows_all(asked):
        return []
    misfits = {
        set_.id: misfit(asked, set_) for set_ in candidates(SETS, asked, typing=asked[-1], only=filters.sql())
    }
    # Sorting is stable, so sets that match equally well stay in the index's order.
    return sorted(misfits, key=misfits.__getitem__)

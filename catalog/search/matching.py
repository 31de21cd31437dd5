"""Finds candidates by the database's full-text index, and ranks them: the best first."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from catalog.search.indexing import Index, size_class
from catalog.text import compounds, words

CANDIDATES = 200
# Shorter words in the middle of a query must match whole: too many words begin with "a".
SHORTEST_BEGINNING = 3
# A few megabytes in each process.
NAMES_KEPT = 20_000
# The penalty of a word that is not in the name, and of each step from set to give-away to book.
ELSEWHERE = 2
# SQL for the ids that are allowed, with its parameters.
Only = tuple[str, list[int]]


class Candidate(NamedTuple):
    """A set or a part that may be meant."""

    id: int
    name: str
    number: str
    rank: int


def candidates(
    index: Index, asked: Sequence[str], *, typing: str = "", only: Only | None = None
) -> list[Candidate]:
    """The first 200 in the index's order whose documents have all the words; at least one word is needed.

    A word of the document may begin with the word that is still being typed. If nothing matches, the other words may
    be beginnings too: looking these up costs many times as much.
    """
    strict = [(word, word == typing) for word in asked]
    found = _matching(index, strict, only)
    if found:
        return found
    generous = [(word, begins or len(word) >= SHORTEST_BEGINNING) for word, begins in strict]
    return _matching(index, generous, only) if generous != strict else []


# A word, and whether it may be the beginning of one. It has only letters and digits, so it cannot end a quotation.
Asked = tuple[str, bool]


def _matching(index: Index, asked: Sequence[Asked], only: Only | None) -> list[Candidate]:
    mask = (1 << index.id_bits) - 1
    if connection.vendor == "postgresql":
        rank, condition = "rank", "document @@ %s::tsquery"
        # Without the OFFSET, PostgreSQL would read all names instead of looking up two hundred.
        named = f"CROSS JOIN LATERAL (SELECT * FROM {index.names} WHERE id = (hit.place & {mask}) OFFSET 0) AS named"  # noqa: S608
        query = " & ".join(f"'{word}'{':*' if begins else ''}" for word, begins in asked)
    else:
        rank, condition = "rowid", f"{index.table} MATCH %s"
        named = f"JOIN {index.names} AS named ON named.id = (hit.place & {mask})"
        query = " AND ".join(f'"{word}"{"*" if begins else ""}' for word, begins in asked)
    parameters: list[str | int] = [query]
    if only is not None:
        sql, more = only
        condition += f" AND ({rank} & {mask}) IN ({sql})"
        parameters.extend(more)
    # The index is finished before a name is looked up. All names in here are ours.
    statement = f"""
        SELECT named.id, named.name, named.{index.number}, hit.place
        FROM (SELECT {rank} AS place FROM {index.table} WHERE {condition} ORDER BY {rank} LIMIT {CANDIDATES}) AS hit
        {named}
        WHERE named.retired_at IS NULL ORDER BY hit.place
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(map(Candidate._make, cursor.fetchall()))


Misfit = tuple[int, int, bool, int]


def misfit(asked: Sequence[str], candidate: Candidate) -> Misfit:
    """How badly a candidate fits the query, for sorting candidates that all match; the smallest value is best.

    A whole word of the name fits best; then the beginning of one, or a whole word of the number; then a word that
    stands elsewhere (theme, year). A give-away is one such step worse, and a book two: their names contain their
    theme, which names of the theme's sets mostly do not. Equals are ordered: sets before give-aways and books, then
    names with just these words, then shorter names.
    """
    named, whole, _head = _words_of(candidate.name)
    worst, numbered = ELSEWHERE * size_class(candidate.rank), None
    for word in asked:
        if word not in whole:
            if numbered is None:
                numbered = words(candidate.number)
            worst += 1 if word in numbered or any(name.startswith(word) for name in whole) else ELSEWHERE
    return worst, size_class(candidate.rank), named != set(asked), len(named)


def misfit_of_part(asked: Sequence[str], part: Candidate) -> tuple[int, bool, bool, bool]:
    """The same for a part. A printed part comes after the plain ones unless the query asks for a print. A name should
    begin with what the part is: `Tile 1 x 4 with Groove` is a tile, `Hinge Tile 1 x 4` a hinge. Among equals the part
    that is in the most boxes is first, in the index's order.
    """
    worst, _size, differs, _length = misfit(asked, part)
    named, _whole, head = _words_of(part.name)
    return worst, differs, "print" in named and "print" not in asked, head not in asked


@lru_cache(NAMES_KEPT)
def _words_of(name: str) -> tuple[frozenset[str], frozenset[str], str]:
    """The words of a name; the same with its compounds; its first word. Cached: each typed letter brings the same
    names.
    """
    split = words(name)
    named = frozenset(split)
    return named, named | frozenset(compounds(name)), split[0] if split else ""

"""Search for sets the way people ask: a number, a name with a slip of the finger, an element id, `red 2x4 brick`.

One way on both databases. A number that is an identifier is looked up. Words must all fit, each as the beginning
of a word; the database hands over at most 200 in the index's own order, and one ranking in Python puts the best
first. Only where nothing fits are words corrected against the catalogue's own, and at last fewer of them asked for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from catalog.indexing import SET_ID_BITS, SET_TABLE
from catalog.matching import CANDIDATES, candidates, misfit
from catalog.models import Content, Set, Theme, Word
from catalog.piece_search import could_be_identifier, pieces_called, pieces_identified
from catalog.text import clean_identifier, words
from catalog.vocabulary import current_vocabulary

LONGEST_QUERY = 200
MOST_WORDS = 8
# Of more words than these, leaving out one or the other seldom helps, and each try costs a query.
FEW_WORDS = 5
SAID_BY_EVERYBODY = frozenset(["lego", "set", "the", "a", "an", "of", "and", "number", "nr", "no", "box"])


@dataclass(frozen=True, slots=True)
class Filters:
    """What the sets found must also be: of one of these themes, of a year; always live."""

    themes: frozenset[int] | None = None
    year: int | None = None

    def rows(self) -> QuerySet[Set]:
        rows = Set.objects.filter(retired_at__isnull=True)
        if self.themes is not None:
            rows = rows.filter(theme__in=self.themes)
        return rows if self.year is None else rows.filter(year=self.year)

    def sql(self) -> tuple[str, list[int]] | None:
        """The ids of the sets allowed, for a statement of our own; None where all live ones are."""
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


def search_sets(
    query: str, *, theme: int | None = None, year: int | None = None, limit: int = CANDIDATES
) -> list[Set]:
    """Live sets that fit what was typed, best first: the exact number, then an element's sets, then names.

    An empty query gives the newest. `theme` includes the themes below it. A bare number has the other sets of that
    number (`-2`, `-3`) right behind `-1`.
    """
    filters = Filters(themes_below(theme) if theme is not None else None, year)
    typed = clean_identifier(query)[:LONGEST_QUERY]
    if not typed:
        # In the order of an index, read backwards.
        newest = filters.rows().filter(num_parts__gt=0).order_by("-year", "-set_num")
        return list(newest.select_related("theme")[:limit])
    ids: dict[int, None] = {}
    if could_be_identifier(typed):
        ids.update(dict.fromkeys(_sets_numbered(typed, filters)))
        ids.update(dict.fromkeys(_sets_of(pieces_identified(typed, by_part=False), filters, limit)))
    asked = words(typed)[:MOST_WORDS]
    if asked and len(ids) < limit:
        attempts = _attempts(asked, typed, filters, limit)
        called = next(attempts) if ids else next(filter(None, attempts), [])
        ids.update(dict.fromkeys(called))
    wanted = list(ids)[:limit]
    found = Set.objects.filter(retired_at__isnull=True).select_related("theme").in_bulk(wanted)
    return [found[key] for key in wanted if key in found]


def themes_below(theme: int) -> frozenset[int]:
    """A theme and all below it."""
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
    """The set of that number, then `-1`, then the others of it."""
    fits = Q(set_num__in={typed, typed.upper(), typed.lower()})
    if "-" not in typed and len(typed) > 2:
        fits |= Q(set_num__startswith=f"{typed}-")
    found = filters.rows().filter(fits).values_list("set_num", "id")[:CANDIDATES]
    ordered = sorted(found, key=lambda row: (row[0].lower() != typed.lower(), len(row[0]), row[0]))
    return [key for _set_num, key in ordered]


def _sets_of(pieces: list[int], filters: Filters, limit: int) -> list[int]:
    """The sets that have one of these pieces now, the newest first."""
    if not pieces:
        return []
    inventories = Content.objects.filter(piece__in=pieces).values("inventory")
    rows = filters.rows().filter(inventory__in=inventories).order_by("-year", "-num_parts", "set_num")
    return list(rows.values_list("pk", flat=True)[:limit])


def _attempts(asked: list[str], typed: str, filters: Filters, limit: int) -> Iterator[list[int]]:
    """Answers, from the most literal reading of the words to the most generous; the first with anything counts."""
    yield _sets_called(asked, filters)
    if could_be_identifier(typed):
        yield _sets_of(pieces_identified(typed, by_part=True), filters, limit)
    yield _sets_of(pieces_called(asked, limit=1), filters, limit)
    vocabulary = current_vocabulary(Word.Kind.SET)
    corrected = vocabulary.corrected(asked)
    if corrected != asked:
        yield _sets_called(corrected, filters)
    corrected_piece = current_vocabulary(Word.Kind.PIECE).corrected(asked)
    if corrected_piece != asked:
        yield _sets_of(pieces_called(corrected_piece, limit=1), filters, limit)
    yield from _with_fewer_words(corrected, vocabulary.knows, filters)


def _with_fewer_words(
    asked: list[str], knows: Callable[[str], bool], filters: Filters
) -> Iterator[list[int]]:
    """Without what everybody says, then without what no set is called, then without one word after the other."""
    telling = [word for word in asked if word not in SAID_BY_EVERYBODY]
    known = [word for word in telling if knows(word)]
    for fewer in (telling, known):
        if fewer and fewer != asked:
            yield _sets_called(fewer, filters)
    if 1 < len(known) <= FEW_WORDS:
        for position in reversed(range(len(known))):
            yield _sets_called(known[:position] + known[position + 1 :], filters)


def _sets_called(asked: list[str], filters: Filters) -> list[int]:
    ids = candidates(SET_TABLE, asked, SET_ID_BITS, only=filters.sql())
    rows = Set.objects.filter(pk__in=ids).values_list("id", "name", "set_num")
    misfits = {key: misfit(asked, words(name), words(set_num)) for key, name, set_num in rows}
    # Sorting is stable, so what fits equally well stays in the index's order.
    return sorted((key for key in ids if key in misfits), key=misfits.__getitem__)

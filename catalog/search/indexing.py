"""The search index and the vocabulary: made again from the catalogue after it changed, the same on both databases.

A document is a list of folded words. `rank` orders documents that match equally well, so that the first 200 rows of an
answer are its best 200. Its last 24 bits are the id of the set; for parts, its last 32 bits are the id of the part.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Count

from catalog.bulk import Turns, Values, loader_for_database
from catalog.models import Color, Content, Part, Piece, Revision, Set, Theme, Word
from catalog.search.vocabulary import SPELLINGS
from catalog.text import compounds, words


@dataclass(frozen=True, slots=True)
class Index:
    """A full-text index: how many last bits of a rank are an id, and the table and column that name the set or part."""

    table: str
    id_bits: int
    names: str
    number: str


SETS = Index("catalog_setindex", 24, Set._meta.db_table, "set_num")
PARTS = Index("catalog_partindex", 32, Part._meta.db_table, "part_num")

GIVE_AWAY = 100  # pieces; a set with fewer rarely has a bag
SIZE_SHIFT = 58

Document = tuple[int, list[str]]


def refresh_index(turns: Turns | None = None, *, force: bool = False) -> bool:
    """Bring the index up to date with the catalogue. Returns whether it had to be made again."""
    revision = Revision.objects.filter(pk=1).first()
    if revision is None or (revision.indexed_number == revision.number and not force):
        return False
    turns = turns or Turns()
    of_sets, of_pieces = Counter[str](), Counter[str]()
    _replace(turns, SETS.table, set_documents(of_sets))
    _replace(turns, PARTS.table, part_documents(of_pieces))
    _replace_vocabulary({Word.Kind.SET: of_sets, Word.Kind.PIECE: of_pieces})
    Revision.objects.filter(pk=1).update(indexed_number=revision.number)
    return True


def set_rank(*, set_id: int, year: int, num_parts: int) -> int:
    """Sets before give-aways of a few pieces, these before books and key chains; then the newest first, and within a
    year the largest first.
    """
    size = 0 if num_parts >= GIVE_AWAY else 1 if num_parts else 2
    return (
        (size << SIZE_SHIFT)
        | ((9999 - year) << 44)
        | ((0xFFFFF - min(num_parts, 0xFFFFF)) << SETS.id_bits)
        | set_id
    )


def size_class(rank: int) -> int:
    """The class that a set's rank holds: 0 is a set, 1 a give-away, 2 a set without pieces. A part always has 0."""
    return rank >> SIZE_SHIFT


def part_rank(*, part_id: int, boxes: int) -> int:
    """Parts that are in many boxes come first: people lose these."""
    return ((0xFFFF - min(boxes, 0xFFFF)) << PARTS.id_bits) | part_id


def set_documents(vocabulary: Counter[str]) -> list[Document]:
    """The words that find each live set; all of them are also counted into the vocabulary."""
    themes = _theme_words()
    documents = []
    rows = Set.objects.filter(retired_at__isnull=True).values_list(
        "id", "set_num", "name", "year", "theme", "num_parts"
    )
    for set_id, set_num, name, year, theme, num_parts in rows:
        found = [*words(name), *compounds(name), *themes[theme], *words(set_num), str(year)]
        found += [SPELLINGS[word] for word in found if word in SPELLINGS]
        vocabulary.update(set(found))
        documents.append((set_rank(set_id=set_id, year=year, num_parts=num_parts), found))
    return documents


def _theme_words() -> dict[int, list[str]]:
    """The words of each theme and of all themes above it."""
    themes = {
        key: (words(name), parent) for key, name, parent in Theme.objects.values_list("id", "name", "parent")
    }
    found: dict[int, list[str]] = {}
    for theme in themes:
        step: int | None = theme
        seen: dict[int, None] = {}
        while step is not None and step not in seen:
            seen[step] = None
            step = themes[step][1]
        found[theme] = [word for above in seen for word in themes[above][0]]
    return found


def part_documents(vocabulary: Counter[str]) -> list[Document]:
    """The words that find each live part that is made in some colour."""
    documents = []
    boxes = _boxes_of_parts()
    rows = Part.objects.filter(retired_at__isnull=True).values_list("id", "part_num", "name", "category")
    for part_id, part_num, name, category in rows:
        if part_id not in boxes:
            continue
        found = [*words(name), *words(category), *words(part_num)]
        vocabulary.update(set(found))
        documents.append((part_rank(part_id=part_id, boxes=boxes[part_id]), found))
    for name in Color.objects.values_list("name", flat=True):
        vocabulary.update(words(name))
    return documents


def _boxes_of_parts() -> Counter[int]:
    """How often each part that is made in some colour is in a list of contents; older lists count too."""
    often = dict(Content.objects.order_by().values_list("piece").annotate(rows=Count("*")))
    boxes = Counter[int]()
    for piece, part in Piece.objects.values_list("pk", "part"):
        boxes[part] += often.get(piece, 0)
    return boxes


def _replace(turns: Turns, table: str, documents: list[Document]) -> None:
    """Replace the index: until the new one is complete, searches use the old rows, or on SQLite the old table."""
    rows = ((rank, " ".join(found)) for rank, found in documents)
    if connection.vendor == "postgresql":
        with transaction.atomic():
            _replace_tsvectors(table, rows)
    else:
        _replace_table(turns, table, rows)


def _replace_table(turns: Turns, table: str, rows: Iterable[Values]) -> None:
    """Fill a new table in turns, so that no writer waits long for the lock; then give it the old table's name."""
    fresh = f"{table}_fresh"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [table])
        definition = cursor.fetchone()[0]
        cursor.execute(f"DROP TABLE IF EXISTS {fresh}")
        cursor.execute(definition.replace(table, fresh, 1))
    loader = loader_for_database()
    turns.write(rows, lambda some: loader.append(fresh, ["rowid", "document"], some))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {table}")
        cursor.execute(f"ALTER TABLE {fresh} RENAME TO {table}")


def _replace_tsvectors(table: str, rows: Iterable[Values]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608
        cursor.execute("CREATE TEMPORARY TABLE staged_documents (rank bigint, words text)")
        loader_for_database().append("staged_documents", ["rank", "words"], rows)
        cursor.execute(
            f"INSERT INTO {table} (rank, document) "  # noqa: S608
            "SELECT rank, array_to_tsvector(string_to_array(words, ' ')) FROM staged_documents"
        )
        cursor.execute("DROP TABLE staged_documents")
    # The database plans by how often each word occurs, so it needs that from the first search on.
    loader_for_database().learn(table)


def _replace_vocabulary(vocabulary: dict[Word.Kind, Counter[str]]) -> None:
    longest = Word._meta.get_field("text").max_length or 0
    rows = [
        (kind.value, word, uses)
        for kind, counted in vocabulary.items()
        for word, uses in counted.items()
        # A number is right or wrong; it is never corrected to another number.
        if len(word) <= longest and not any(letter.isdecimal() for letter in word)
    ]
    with transaction.atomic():
        Word.objects.all().delete()
        loader_for_database().append(Word._meta.db_table, ["kind", "text", "uses"], rows)

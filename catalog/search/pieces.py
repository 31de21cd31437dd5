"""Search for pieces: by element id, by part number, or by words of the part and its colour."""

from django.db.models import Q

from catalog.models import Piece
from catalog.search.indexing import PARTS
from catalog.search.matching import CANDIDATES, candidates, misfit_of_part
from catalog.search.vocabulary import Lexicon, current_lexicon
from catalog.text import clean_identifier, words

LONGEST_QUERY = 200
MOST_WORDS = 8
PARTS_LOOKED_AT = 40


def search_pieces(query: str, *, limit: int = CANDIDATES) -> list[Piece]:
    """Live pieces that match the query, best first, each with its part and colour."""
    typed = clean_identifier(query)[:LONGEST_QUERY]
    asked = words(typed)[:MOST_WORDS]
    ids: dict[int, None] = {}
    if could_be_identifier(typed):
        ids.update(dict.fromkeys(pieces_identified(typed, by_part=False)))
        ids.update(dict.fromkeys(pieces_identified(typed, by_part=True)))
    if asked and not ids:
        lexicon = current_lexicon()
        found = pieces_called(asked, lexicon, limit=limit)
        ids.update(
            dict.fromkeys(found or pieces_called(lexicon.pieces.corrected(asked), lexicon, limit=limit))
        )
    wanted = list(ids)[:limit]
    rows = Piece.objects.filter(retired_at__isnull=True).select_related("part", "color").in_bulk(wanted)
    return [rows[key] for key in wanted if key in rows]


def could_be_identifier(typed: str) -> bool:
    return " " not in typed and len(typed) <= 60 and any(letter.isdecimal() for letter in typed)


def could_be_element_id(typed: str) -> bool:
    return 4 <= len(typed) <= 10 and typed.isdecimal()


def pieces_identified(typed: str, *, by_part: bool) -> list[int]:
    """The piece of that element id; or the pieces of that part number, in all their colours."""
    if not by_part and not could_be_element_id(typed):
        return []
    fits = Q(part__part_num=typed) if by_part else Q(elements__element_id=typed)
    rows = Piece.objects.filter(fits, retired_at__isnull=True).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:CANDIDATES])


def pieces_called(asked: list[str], lexicon: Lexicon, *, limit: int) -> list[int]:
    """Pieces whose part has the words that are left after a colour's words are taken out."""
    typing = asked[-1]
    for colors, left in lexicon.colors.readings(asked):
        if left and (found := _pieces_of(left, typing, colors, lexicon, limit)):
            return found
    # A word like "black" may also be part of a part's own name.
    return _pieces_of(asked, typing, [], lexicon, limit)


def _pieces_of(asked: list[str], typing: str, colors: list[int], lexicon: Lexicon, limit: int) -> list[int]:
    if not lexicon.pieces.knows_all(asked):
        return []
    fitting = candidates(PARTS, asked, typing=typing)
    misfits = {part.id: misfit_of_part(asked, part) for part in fitting}
    parts = sorted(misfits, key=misfits.__getitem__)[:PARTS_LOOKED_AT]
    if not parts:
        return []
    rows = Piece.objects.filter(part__in=parts, retired_at__isnull=True)
    if colors:
        rows = rows.filter(color__in=colors)
    order = {part: position for position, part in enumerate(parts)}
    found = sorted(rows.values_list("part", "color", "pk"), key=lambda row: (order[row[0]], row[1]))
    return [key for _part, _color, key in found[:limit]]

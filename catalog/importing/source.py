"""A catalogue's source in memory: keys in dictionaries, the many inventory rows as two integers each.

A row's key is its piece's index doubled, plus one for a spare. So data about keys can stand in plain lists, and a
lookup unpacks nothing.

Only current inventories (the highest version of each set and minifig) keep their rows. Those of today's full dump, 1.4
million, take about 12 MB this way.
"""

from array import array
from dataclasses import dataclass, field
from hashlib import blake2b

# Distinguishes the hash of a spare piece from that of the same piece in use: 64 arbitrary bits.
SPARE = 0x9D3F6A51C27BE84D


def stable_hash(*parts: object) -> int:
    """64 bits that are the same in every process, to recognise a source's rows again."""
    return int.from_bytes(blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest(), "big")


@dataclass(slots=True)
class SourcePiece:
    """A part in a colour, as an index into `Dump.pieces`."""

    index: int
    part_num: str
    color_id: int
    image_url: str = ""


@dataclass(slots=True)
class SourceInventory:
    """A current inventory: the keys of its rows, and as many quantities.

    `digest` is a sum over its rows, so that neither their order nor a row split into two changes it.
    """

    owner: str
    version: int
    keys: "array[int]" = field(default_factory=lambda: array("i"))
    quantities: "array[int]" = field(default_factory=lambda: array("i"))
    minifigs: list[tuple[str, int]] = field(default_factory=list)
    sets: list[tuple[str, int]] = field(default_factory=list)
    digest: int = 0


@dataclass(slots=True)
class SourceSet:
    name: str
    year: int
    theme_id: int
    num_parts: int
    image_url: str


@dataclass(slots=True)
class Dump:
    """The source as a whole. Keys are the source's own."""

    themes: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    colors: dict[int, tuple[str, str, bool]] = field(default_factory=dict)
    parts: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # name, category, material
    relations: set[tuple[str, str, str]] = field(default_factory=set)  # kind, child, parent
    elements: dict[str, int] = field(default_factory=dict)  # to a piece's index
    sets: dict[str, SourceSet] = field(default_factory=dict)
    minifigs: dict[str, str] = field(default_factory=dict)
    current: dict[str, SourceInventory] = field(default_factory=dict)  # by set or minifig number
    pieces: list[SourcePiece] = field(default_factory=list)
    key_hashes: list[int] = field(
        default_factory=list
    )  # by a row's key: what one item adds to a set's digest
    piece_index: dict[tuple[str, int], int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)  # rows read, by table

    def piece(self, part_num: str, color_id: int) -> SourcePiece:
        """The piece of a known part in a known colour; made at its first occurrence."""
        index = self.piece_index.get((part_num, color_id))
        if index is None:
            index = self.piece_index[part_num, color_id] = len(self.pieces)
            self.pieces.append(SourcePiece(index, part_num, color_id))
            plain = stable_hash(part_num, color_id)
            self.key_hashes += (plain, plain ^ SPARE)
        return self.pieces[index]

"""The tables of a dump except its inventories: themes, colours, parts, elements, sets, minifigs.

Every reference is looked up while its row is read. So a bad one is reported with file, line and column, and its row is
left out.
"""

import re
from collections.abc import Callable
from pathlib import Path

from catalog.bounds import MOST_PARTS_OF_A_SET, YEARS
from catalog.importing import tables
from catalog.importing.files import Row, TableFile, find_table
from catalog.importing.inventories import InventoryReader
from catalog.importing.problems import CatalogError, Problems, shown
from catalog.importing.row_values import RowChecker
from catalog.importing.source import Dump, SourceSet
from catalog.importing.values import web_address
from catalog.models import Color, Element, Part, PartRelation, Set, Theme

_RGB = re.compile(r"[0-9A-Fa-f]{6}")


def check_tables(directory: Path) -> tuple[dict[str, Path], list[str]]:
    """The path of each table, and what is unusual in their headers. Raises CatalogError before any row is read."""
    if not directory.is_dir():
        raise CatalogError("no_folder", f"{directory} is not a folder.")
    found = {table.name: find_table(directory, table.name) for table in tables.DUMP}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise CatalogError(
            "missing_table", f"{directory} has no {', '.join(f'{name}.csv' for name in missing)}."
        )
    paths = {name: path for name, path in found.items() if path is not None}
    notices = [
        f"{paths[table.name].name}: unknown, so not read: {', '.join(map(shown, unknown))}"
        for table in tables.DUMP
        if (unknown := TableFile(paths[table.name], table, Problems()).check_header())
    ]
    return paths, notices


def read_dump(
    paths: dict[str, Path], problems: Problems, on_bytes: Callable[[int], None] | None = None
) -> Dump:
    """Read all twelve tables. Raises CatalogError if the source as a whole is unusable."""
    keys = DumpReader(paths, problems, on_bytes)
    dump = keys.read()
    inventories = InventoryReader(dump, paths, problems, on_bytes)
    inventories.read()
    dump.counts = keys.counts | inventories.counts
    return dump


class DumpReader(RowChecker):
    """Reads the tables that others refer to, one after the other. Each method takes a row, or reports it."""

    def __init__(
        self, paths: dict[str, Path], problems: Problems, on_bytes: Callable[[int], None] | None = None
    ) -> None:
        super().__init__(paths, problems, on_bytes)
        self.dump = Dump()
        self._categories: dict[int, str] = {}
        self._theme_lines: dict[int, int] = {}

    def read(self) -> Dump:
        self._each(tables.THEMES, self._theme)
        self._check_themes()
        self._each(tables.COLORS, self._color)
        self._each(tables.CATEGORIES, self._category)
        self._each(tables.PARTS, self._part)
        self._each(tables.RELATIONS, self._relation)
        self._each(tables.ELEMENTS, self._element)
        self._each(tables.SETS, self._set)
        self._each(tables.MINIFIGS, self._minifig)
        return self.dump

    def _theme(self, line: int, row: Row) -> None:
        key = self._integer(line, "id", row[0])
        name = self._text(line, "name", row[1], Theme, "name")
        parent = self._integer(line, "parent_id", row[2]) if row[2].strip() else None
        if key is None or name is None or (parent is None and row[2].strip()):
            return
        if self._is_new(line, "id", key, self.dump.themes):
            self.dump.themes[key] = (name, parent)
            self._theme_lines[key] = line

    def _check_themes(self) -> None:
        """Check that parents exist and lead to a root. A circle ends the import, since no one part of it is the
        mistake.
        """
        themes = self.dump.themes
        for key, (name, parent) in list(themes.items()):
            if parent is not None and parent not in themes:
                self._unknown(self._theme_lines[key], "parent_id", "theme", str(parent))
                themes[key] = (name, None)
        settled: set[int] = set()
        for key in themes:
            trail: dict[int, None] = {}
            step: int | None = key
            while step is not None and step not in settled:
                if step in trail:
                    circle = " in ".join(shown(themes[theme][0]) for theme in [*trail, step])
                    raise CatalogError(
                        "theme_cycle", f"themes contain each other: {circle}.", file=self._file
                    )
                trail[step] = None
                step = themes[step][1]
            settled.update(trail)
        self._problems.check(self._file, len(themes))

    def _color(self, line: int, row: Row) -> None:
        key = self._integer(line, "id", row[0])
        name = self._text(line, "name", row[1], Color, "name")
        transparent = self._boolean(line, "is_trans", row[3])
        if not _RGB.fullmatch(row[2]):
            return self._bad(line, "rgb", row[2], "six hexadecimal digits")
        if key is None or name is None or transparent is None:
            return None
        if self._is_new(line, "id", key, self.dump.colors):
            self.dump.colors[key] = (name, row[2].upper(), transparent)
        return None

    def _category(self, line: int, row: Row) -> None:
        key = self._integer(line, "id", row[0])
        name = self._text(line, "name", row[1], Part, "category")
        if key is not None and name is not None and self._is_new(line, "id", key, self._categories):
            self._categories[key] = name

    def _part(self, line: int, row: Row) -> None:
        part_num = self._text(line, "part_num", row[0], Part, "part_num")
        name = self._text(line, "name", row[1], Part, "name")
        category = self._integer(line, "part_cat_id", row[2])
        material = self._text(line, "part_material", row[3], Part, "material", empty=True)
        if part_num is None or name is None or category is None or material is None:
            return
        if category not in self._categories:
            self._unknown(line, "part_cat_id", "category", row[2])
        elif self._is_new(line, "part_num", part_num, self.dump.parts):
            self.dump.parts[part_num] = (
                name,
                self._categories[category],
                tables.MATERIALS.get(material, material),
            )

    def _relation(self, line: int, row: Row) -> None:
        kind, child, parent = row
        if kind not in PartRelation.Kind:
            return self._bad(line, "rel_type", kind, f"one of {', '.join(PartRelation.Kind)}")
        for column, part_num in (("child_part_num", child), ("parent_part_num", parent)):
            if part_num not in self.dump.parts:
                return self._unknown(line, column, "part", part_num)
        if self._is_new(line, "rel_type", (kind, child, parent), self.dump.relations):
            self.dump.relations.add((kind, child, parent))
        return None

    def _element(self, line: int, row: Row) -> None:
        element_id = self._text(line, "element_id", row[0], Element, "element_id")
        piece = self._piece(self.dump, line, row[1], row[2])
        if element_id is None or piece is None:
            return
        if self._is_new(line, "element_id", element_id, self.dump.elements):
            self.dump.elements[element_id] = piece.index

    def _set(self, line: int, row: Row) -> None:
        set_num = self._text(line, "set_num", row[0], Set, "set_num")
        name = self._text(line, "name", row[1], Set, "name")
        year = self._integer(line, "year", row[2])
        theme = self._integer(line, "theme_id", row[3])
        num_parts = self._integer(line, "num_parts", row[4])
        if set_num is None or name is None or year is None or theme is None or num_parts is None:
            return
        if "/" in set_num:
            self._bad(line, "set_num", set_num, "a set number, which has no slash")
        elif year not in YEARS:
            self._bad(line, "year", row[2], f"a year between {YEARS[0]} and {YEARS[-1]}")
        elif not 0 <= num_parts <= MOST_PARTS_OF_A_SET:
            self._bad(line, "num_parts", row[4], f"a number of parts (0 to {MOST_PARTS_OF_A_SET:,})")
        elif theme not in self.dump.themes:
            self._unknown(line, "theme_id", "theme", row[3])
        elif self._is_new(line, "set_num", set_num, self.dump.sets):
            self.dump.sets[set_num] = SourceSet(name, year, theme, num_parts, web_address(row[5]))

    def _minifig(self, line: int, row: Row) -> None:
        fig_num = self._text(line, "fig_num", row[0], Set, "set_num")
        name = self._text(line, "name", row[1], Set, "name")
        if fig_num is None or name is None:
            return
        if fig_num in self.dump.sets:
            self.problem(line, "fig_num", "duplicate_key", f"“{shown(fig_num)}” is a set's number already.")
        elif self._is_new(line, "fig_num", fig_num, self.dump.minifigs):
            self.dump.minifigs[fig_num] = name

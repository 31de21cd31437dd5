"""A dump of a small world, written as files: each test changes what it is about and imports the rest."""

import csv
import gzip
import os
from pathlib import Path

from catalog.importing.importer import Summary, import_catalog

REAL_DUMP = Path(os.environ.get("CATALOG_DATA") or Path(__file__).parents[3] / "shared/data")

HEADERS = {
    "themes": "id,name,parent_id",
    "colors": "id,name,rgb,is_trans",
    "part_categories": "id,name",
    "parts": "part_num,name,part_cat_id,part_material_id",
    "part_relationships": "rel_type,child_part_num,parent_part_num",
    "elements": "element_id,part_num,color_id",
    "sets": "set_num,name,year,theme_id,num_parts",
    "minifigs": "fig_num,name,num_parts",
    "inventories": "id,version,set_num",
    "inventory_parts": "inventory_id,part_num,color_id,quantity,is_spare",
    "inventory_sets": "inventory_id,set_num,quantity",
    "inventory_minifigs": "inventory_id,fig_num,quantity",
    "bags": "set_num,bag,part_num,color_id,quantity",
    "weights": "part_num,weight_g,kind",
}
ROWS = {
    "themes": ["1,Castle,", "2,Kingdoms,1"],
    "colors": ["4,Red,C91A09,f", "71,Light Bluish Gray,A0A5A9,f", "-1,[Unknown],0033B2,f"],
    "part_categories": ["11,Bricks", "13,Minifigs"],
    "parts": [
        "3001,Brick 2 x 4,11,1",
        "3003,Brick 2 x 2,11,1",
        "973,Torso,13,1",
        "3626b,Head,13,1",
        "u-2694,Rubber Thing,11,2",
    ],
    "part_relationships": ["M,3003,3001"],
    "elements": ["300121,3001,4", "4114319,3003,4", "4211098,3001,71"],
    "sets": [
        "7946-1,King's Castle,2010,2,11",
        "6918-1,Blacksmith Attack,2011,2,5",
        "66386-1,Kingdoms Super Pack,2011,2,0",
        "4180878,Key Chain,2004,1,0",
    ],
    "minifigs": ["fig-000001,King,2"],
    "inventories": [
        "1,1,7946-1",
        "2,2,7946-1",
        "3,1,6918-1",
        "4,1,66386-1",
        "5,1,fig-000001",
        "6,1,4180878",
    ],
    "inventory_parts": [
        "1,3001,4,99,f",  # a lower version: known, and not what counts
        "2,3001,4,6,f",
        "2,3001,4,1,t",
        "2,3003,71,3,f",
        "3,3003,71,5,f",
        "5,973,4,1,f",
        "5,3626b,-1,1,f",
    ],
    "inventory_sets": ["4,6918-1,2"],
    "inventory_minifigs": ["2,fig-000001,1"],
    "bags": [
        "7946-1,1,3001,4,4",
        "7946-1,10,3001,4,3",
        "7946-1,2,3003,71,1",
        "7946-1,2,973,4,1",
        "7946-1,,3003,71,2",
    ],
    "weights": ["3001,2.32,measured_on_scale", "3003,1.165,guess_no_geometry", "12345,1,measured_on_scale"],
}
BESIDE = ("bags", "weights")


class SmallDump:
    """`dump.rows["sets"].append(...)`, then `dump.imported()`. Files may be replaced after `write()`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.headers = dict(HEADERS)
        self.rows = {name: list(rows) for name, rows in ROWS.items()}
        self.bags = True
        self.weights = True

    def change(self, table: str, row: str, into: str) -> None:
        """Replace one row, which must be there."""
        self.rows[table][self.rows[table].index(row)] = into

    def text(self, table: str) -> str:
        return "".join(f"{line}\n" for line in [self.headers[table], *self.rows[table]])

    def path(self, table: str) -> Path:
        return self.folder / f"{table}.csv"

    def write(self) -> "SmallDump":
        self.folder.mkdir(exist_ok=True)
        for table in self.headers:
            self.path(table).write_text(self.text(table), encoding="utf-8")
        return self

    def pack(self, table: str) -> Path:
        """Replace a written table by its gzipped form."""
        packed = self.folder / f"{table}.csv.gz"
        packed.write_bytes(gzip.compress(self.path(table).read_bytes()))
        self.path(table).unlink()
        return packed

    def run(self, *, dry_run: bool = False, report: Path | None = None, tolerated: float = 0.0) -> Summary:
        """Import the files as they are."""
        return import_catalog(
            directory=self.folder,
            bags=self.path("bags") if self.bags else None,
            weights=self.path("weights") if self.weights else None,
            dry_run=dry_run,
            report=report,
            tolerated=tolerated,
        )

    def imported(self) -> Summary:
        return self.write().run()


def report_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

"""The tables of a dump and their columns. Dumps of different years differ: optional and renamed columns are listed
here.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are read, in this order; those in `optional` may be missing, those in `ignored` are known but not
    read.

    `formerly` maps a column's older names to its name.
    """

    name: str
    columns: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    formerly: dict[str, str] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[str]:
        return frozenset(self.columns) | self.ignored | frozenset(self.formerly)

    @property
    def needed(self) -> list[tuple[str, ...]]:
        """For each required column, the names it may have."""
        return [
            (name, *(old for old, new in self.formerly.items() if new == name))
            for name in self.columns
            if name not in self.optional
        ]


def _table(
    name: str, columns: str, *, optional: str = "", ignored: str = "", formerly: dict[str, str] | None = None
) -> Table:
    return Table(
        name, tuple(columns.split()), frozenset(optional.split()), frozenset(ignored.split()), formerly or {}
    )


THEMES = _table("themes", "id name parent_id")
COLORS = _table("colors", "id name rgb is_trans", ignored="num_parts num_sets y1 y2")
CATEGORIES = _table("part_categories", "id name")
PARTS = _table(
    "parts",
    "part_num name part_cat_id part_material",
    optional="part_material",
    formerly={"part_material_id": "part_material"},
)
RELATIONS = _table("part_relationships", "rel_type child_part_num parent_part_num")
ELEMENTS = _table("elements", "element_id part_num color_id", ignored="design_id")
SETS = _table("sets", "set_num name year theme_id num_parts img_url", optional="img_url")
MINIFIGS = _table("minifigs", "fig_num name num_parts", ignored="img_url")
INVENTORIES = _table("inventories", "id version set_num")
INVENTORY_PARTS = _table(
    "inventory_parts", "inventory_id part_num color_id quantity is_spare img_url", optional="img_url"
)
INVENTORY_SETS = _table("inventory_sets", "inventory_id set_num quantity")
INVENTORY_MINIFIGS = _table("inventory_minifigs", "inventory_id fig_num quantity")

# Ordered so that each table comes after those it refers to.
DUMP = (
    THEMES,
    COLORS,
    CATEGORIES,
    PARTS,
    RELATIONS,
    ELEMENTS,
    SETS,
    MINIFIGS,
    INVENTORIES,
    INVENTORY_SETS,
    INVENTORY_MINIFIGS,
    INVENTORY_PARTS,
)

BAGS = _table("bags", "set_num bag part_num color_id quantity")
WEIGHTS = _table("weights", "part_num weight_g kind")

# The meaning of the numbers in an older dump's `part_material_id`.
MATERIALS = {"1": "Plastic", "2": "Rubber", "3": "Cloth", "4": "Metal", "5": "Cardboard/Paper"}

"""Shared by the measurements of the catalogue: a dump, new databases, and a child process that works on one."""

import contextlib
import csv
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster import Cluster, NoPostgres

ROOT = Path(__file__).resolve().parents[1]
SETS, PARTS, COLORS, ROWS_OF_A_SET = 15_000, 30_000, 100, 60


@dataclass(frozen=True, slots=True)
class Source:
    """The files of a catalogue, with bags and weights if there are any."""

    dump: Path
    bags: Path | None
    weights: Path | None

    @property
    def arguments(self) -> list[str]:
        """The files as arguments of the command `import_catalog`."""
        extras = [("--bags", self.bags), ("--weights", self.weights)]
        return [str(self.dump), *(word for name, path in extras if path for word in (name, str(path)))]


@contextlib.contextmanager
def source() -> Iterator[Source]:
    """The real dump in CATALOG_DATA or ../shared/data; if there is none, prints so and makes one of the same shape."""
    data = Path(os.environ.get("CATALOG_DATA") or ROOT.parent / "shared/data")
    if (data / "rebrickable").is_dir():
        yield Source(data / "rebrickable", data / "bags.csv", data / "weights.csv")
        return
    print(
        f"No dump in {data / 'rebrickable'} (CATALOG_DATA names another folder): a made-up one is measured."
    )
    with tempfile.TemporaryDirectory(prefix="b14dump") as folder:
        make_dump(Path(folder))
        yield Source(Path(folder), None, None)


def make_dump(folder: Path) -> None:
    """A catalogue of made-up names, as large as the world's of 2020."""
    chance = random.Random(14)  # noqa: S311 (the same each time, and no secret)
    syllables = ["ka", "mo", "ri", "ten", "sol", "bru", "vex", "lim", "dar", "po", "zan", "eth"]
    names = ["".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(3_000)]

    def named(words: int) -> str:
        return " ".join(chance.choices(names, k=words)).title()

    def write(table: str, header: str, rows: Iterator[tuple[object, ...]]) -> None:
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header.split(","))
            writer.writerows(rows)

    write("themes", "id,name,parent_id", ((i, named(1), i // 5 or "") for i in range(1, 600)))
    write("colors", "id,name,rgb,is_trans", ((i, named(1), f"{i:06X}", "f") for i in range(COLORS)))
    write("part_categories", "id,name", ((i, named(1)) for i in range(60)))
    write("parts", "part_num,name,part_cat_id", ((f"p{i}", named(4), i % 60) for i in range(PARTS)))
    write(
        "part_relationships",
        "rel_type,child_part_num,parent_part_num",
        (("P", f"p{i}", f"p{i - 1}") for i in range(1, PARTS // 2)),
    )
    pieces = [(f"p{chance.randrange(PARTS)}", chance.randrange(COLORS)) for _ in range(60_000)]
    write(
        "elements",
        "element_id,part_num,color_id",
        ((4_000_000 + i, *piece) for i, piece in enumerate(pieces[:50_000])),
    )
    write(
        "sets",
        "set_num,name,year,theme_id,num_parts",
        ((f"{i}-1", named(3), 1960 + i % 60, i % 599 + 1, ROWS_OF_A_SET) for i in range(1, SETS + 1)),
    )
    write("minifigs", "fig_num,name,num_parts", ((f"fig-{i}", named(2), 4) for i in range(9_000)))
    owners = [*(f"{i}-1" for i in range(1, SETS + 1)), *(f"fig-{i}" for i in range(9_000))]
    write("inventories", "id,version,set_num", ((i, 1, owner) for i, owner in enumerate(owners)))
    write(
        "inventory_sets",
        "inventory_id,set_num,quantity",
        ((i, f"{i + 9_001}-1", 1) for i in range(0, 5_000, 2)),
    )
    write(
        "inventory_minifigs",
        "inventory_id,fig_num,quantity",
        ((i, f"fig-{chance.randrange(9_000)}", 1) for i in range(SETS)),
    )
    write(
        "inventory_parts",
        "inventory_id,part_num,color_id,quantity,is_spare",
        (
            (i, *piece, chance.randint(1, 8), "f")
            for i, owner in enumerate(owners)
            for piece in dict.fromkeys(
                chance.choices(pieces, k=4 if owner.startswith("fig") else ROWS_OF_A_SET)
            )
        ),
    )


class Databases:
    """Empty, migrated databases of one kind, as many as needed, each with an environment that leads to it."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0
        self.template = folder / "template"
        self.template.mkdir(parents=True)
        run_child(
            "from django.core.management import call_command; call_command('migrate', verbosity=0)",
            self._template(),
        )

    def _template(self) -> dict[str, str]:
        return _environment(self.template, f"sqlite:///{self.template / 'db.sqlite3'}")

    def fresh(self) -> dict[str, str]:
        """The environment of an unused database."""
        self._count += 1
        var = self.folder / f"var{self._count}"
        shutil.copytree(self.template, var)
        return _environment(var, f"sqlite:///{var / 'db.sqlite3'}")


class PostgresDatabases(Databases):
    kind = "postgres"

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.cluster = cluster
        cluster.execute("CREATE DATABASE template_bench")
        super().__init__(folder)

    def _template(self) -> dict[str, str]:
        return _environment(self.template, self.cluster.url("template_bench"))

    def fresh(self) -> dict[str, str]:
        self._count += 1
        name = f"bench{self._count}"
        self.cluster.execute(f"CREATE DATABASE {name} TEMPLATE template_bench")
        var = self.folder / f"var{self._count}"
        var.mkdir()
        return _environment(var, self.cluster.url(name))


@contextlib.contextmanager
def all_databases() -> Iterator[list[Databases]]:
    """SQLite, and PostgreSQL if it is installed; prints a message if not."""
    with tempfile.TemporaryDirectory(prefix="b14bench") as name, contextlib.ExitStack() as exits:
        folder = Path(name)
        kinds = [Databases(folder / "sqlite")]
        try:
            kinds.append(PostgresDatabases(folder / "postgres", exits.enter_context(Cluster())))
        except NoPostgres as error:
            print(f"PostgreSQL is not measured: {error}.")
        yield kinds


def run_child(code: str, environment: dict[str, str]) -> Any:
    """Run Python in a process of its own with Django set up. Returns its last printed line, read as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(); {code}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    lines = done.stdout.splitlines()
    return json.loads(lines[-1]) if lines else None


def _environment(var: Path, database_url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return kept | {
        "VAR": str(var),
        "DATABASE_URL": database_url,
        "REDIS_URL": f"unix://{var / 'absent.sock'}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }

"""The statements of one request, as PostgreSQL's own log tells them, sent again by pgbench: what the database alone
could do. Transactions, savepoints and every other word included; only what must be unique differs each time.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.load import Load
from tests.cluster import Cluster

# Rows that the recorded request writes get ids nobody else has, so that they are recognised where they are used.
FIRST_ID = 7_100_000_000_000
IDS_OF_A_TABLE = 1_000_000_000

_ENTRY = re.compile(r"^\S+ \S+ \S+ \[\d+\] (\w+):  ", re.MULTILINE)
_LITERAL = re.compile(r"\$(\d+) = ('(?:[^']|'')*'|NULL)")
_INSERT = re.compile(r'^INSERT INTO "(\w+)" .* RETURNING "\w+"\."(\w+)"$', re.DOTALL)


def record(cluster: Cluster, database: str, request: Callable[[], str], *, tag: str = "") -> str:
    """The pgbench script of what a request does; the request answers with a word of its own making, or nothing.

    `tag` is a number that stands in what the request sends; wherever it reaches the database, each run has another.
    Without one it is a request that only reads.
    """
    tables = _mark_ids(cluster, database) if tag else {}
    with cluster.connect(database) as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)
        begin = cluster.log.stat().st_size
        made = request()
        time.sleep(0.5)
        written = cluster.log.read_bytes()[begin:].decode()
        connection.execute("ALTER SYSTEM RESET log_statement")
        connection.execute("SELECT pg_reload_conf()")
    names = {name: "n" for name in (tag, made) if name}
    return script(read_log(written), names=names, tables=tables)


def _mark_ids(cluster: Cluster, database: str) -> dict[str, int]:
    """Move every table's ids to a range of its own; returns the table's first id."""
    found = {}
    with cluster.connect(database) as connection:
        rows = connection.execute(
            "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND data_type = 'bigint'::regtype "
            "ORDER BY 1"
        ).fetchall()
        for place, (name,) in enumerate(rows):
            first = FIRST_ID + place * IDS_OF_A_TABLE
            connection.execute("SELECT setval(%s::regclass, %s)", (f'public."{name}"', first))
            found[str(name).removesuffix("_id_seq")] = first + 1
    return found


def read_log(text: str) -> list[str]:
    """The statements, with their values in them."""
    pieces = _ENTRY.split(text)
    statements: list[str] = []
    for kind, words in zip(pieces[1::2], pieces[2::2], strict=True):
        said = words.rstrip("\n").replace("\n\t", "\n")
        if kind == "LOG" and said.startswith("statement: "):
            statements.append(said.removeprefix("statement: "))
        elif kind == "LOG" and said.startswith("execute "):
            statements.append(said.partition(": ")[2])
        elif kind == "DETAIL" and said.lower().startswith("parameters: "):
            statements[-1] = _filled_in(statements[-1], dict(_LITERAL.findall(said)))
    return [one for one in statements if "log_statement" not in one and "pg_reload_conf" not in one]


def _filled_in(statement: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$(\d+)", lambda match: values[match[1]], statement)


def script(statements: list[str], *, names: Mapping[str, str], tables: Mapping[str, int]) -> str:
    """The same for pgbench. Raises ValueError where a row's id is used that the script cannot know."""
    lines = ["\\set n random(1, 999999999999)"]
    known: dict[str, str] = dict(names)
    for statement in statements:
        insert = _INSERT.match(statement)
        replayed = re.sub(r"'(?:[^']|'')*'", lambda match: _varied(match[0], known), statement)
        # Alone or in a list: in a text, such as an answer that is kept, any number does.
        if re.search(rf"['{{,]{str(FIRST_ID)[:2]}\d{{{{11}}}}[',}}]", replayed):
            raise ValueError(f"This needs an id that the script does not know: {replayed}")
        ending = ";"
        one_row = "UNNEST(" not in replayed and "), (" not in replayed
        if insert and insert[1] in tables and one_row:
            known[str(tables[insert[1]])] = f"{insert[1]}_{insert[2]}"
            ending = f" \\gset {insert[1]}_"
        lines.append(replayed.replace("\n", " ") + ending)
    return "\n".join(lines) + "\n"


def _varied(literal: str, known: Mapping[str, str]) -> str:
    """A literal with what is known in it taken from variables; JSON, which nothing is found by, stays as it is."""
    if literal.startswith(("'\"", "'{\"")):
        return literal
    whole = known.get(literal[1:-1])
    if whole:
        # A variable of pgbench is taken as a number or as a text, whichever is wanted there.
        return f":{whole}" if literal[1:-1].isdigit() else f"('B' || :{whole})"
    if not known:
        return literal
    parts = re.sub("|".join(map(re.escape, known)), lambda match: f"' || :{known[match[0]]} || '", literal)
    return literal if parts == literal else f"({parts})"


def pgbench(cluster: Cluster, database: str, replayed: str, *, clients: int, seconds: int) -> Load:
    """Run a script for so long. Raises RuntimeError with what pgbench says."""
    with tempfile.TemporaryDirectory(prefix="b14pgbench") as folder:
        path = Path(folder) / "request.sql"
        path.write_text(replayed)
        options = [
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            "--jobs=2",
            f"--time={seconds}",
        ]
        logging = ["--log", f"--log-prefix={folder}/log"]
        began = time.perf_counter()
        done = subprocess.run(
            [cluster.programs / "pgbench", *options, *logging, f"--file={path}", cluster.url(database)],
            capture_output=True,
            text=True,
            check=False,
        )
        took = time.perf_counter() - began
        if done.returncode or "aborted" in done.stderr:
            raise RuntimeError(done.stderr)
        rows = [line.split() for log in Path(folder).glob("log.*") for line in log.read_text().splitlines()]
        return Load(took, [int(row[2]) / 1000 for row in rows])

"""Records the statements of one request from PostgreSQL's own log; pgbench sends them again, which shows what the
database alone could do. Transactions, savepoints and all other statements are included; only unique values differ each
time.
"""

import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.load import Load
from tests.cluster import Cluster

# Rows that the recorded request writes get ids from a range of their own, so that every use of them is recognised.
FIRST_ID = 7_100_000_000_000
IDS_OF_A_TABLE = 1_000_000_000

_ENTRY = re.compile(r"^\S+ \S+ \S+ \[\d+\] (\w+):  ", re.MULTILINE)
_LITERAL = re.compile(r"\$(\d+) = ('(?:[^']|'')*'|NULL)")
_INSERT = re.compile(r'^INSERT INTO "(\w+)" .* RETURNING "\w+"\."(\w+)"$', re.DOTALL)


def record(cluster: Cluster, database: str, request: Callable[[], str], *, tag: str = "") -> str:
    """The pgbench script of a request. `request` returns a text that it made up, such as a number, or nothing.

    `tag` is a number in what the request sends: wherever it reaches the database, each run has another. Without a tag
    the request only reads.
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
    """Move every table's ids to a range of its own. Returns the first id of each table."""
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
    """The statements, with their values filled in."""
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
    return [
        statement
        for statement in statements
        if "log_statement" not in statement and "pg_reload_conf" not in statement
    ]


def _filled_in(statement: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$(\d+)", lambda match: values[match[1]], statement)


def script(statements: list[str], *, names: Mapping[str, str], tables: Mapping[str, int]) -> str:
    """The same as a pgbench script. Raises ValueError if it needs the id of a row that the script cannot know."""
    lines = ["\\set n random(1, 999999999999)"]
    known: dict[str, str] = dict(names)
    for statement in statements:
        insert = _INSERT.match(statement)
        replayed = re.sub(r"'(?:[^']|'')*'", lambda match: _varied(match[0], known), statement)
        # The number alone or in a list. Within a text, such as a stored answer, any number is good.
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
    """A literal whose known values come from variables. JSON stays as it is, since no query searches by it."""
    if literal.startswith(("'\"", "'{\"")):
        return literal
    whole = known.get(literal[1:-1])
    if whole:
        # pgbench inserts a variable as a number or as a text, whichever is needed there.
        return f":{whole}" if literal[1:-1].isdigit() else f"('B' || :{whole})"
    if not known:
        return literal
    parts = re.sub("|".join(map(re.escape, known)), lambda match: f"' || :{known[match[0]]} || '", literal)
    return literal if parts == literal else f"({parts})"


def pgbench(cluster: Cluster, database: str, replayed: str, *, clients: int, seconds: int) -> Load:
    """Run a script for `seconds`. Raises RuntimeError with pgbench's output."""
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

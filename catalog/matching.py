"""Words to candidates by the database's full-text index, and the one ranking that puts the best of them first."""

from collections.abc import Sequence

from django.db import connection

CANDIDATES = 200
# Shorter words in the middle of a query are taken as they are: "a" would be the beginning of too many.
SHORTEST_BEGINNING = 3


def candidates(
    table: str, asked: Sequence[str], id_bits: int, *, only: tuple[str, list[int]] | None = None
) -> list[int]:
    """The ids of the first 200, in the index's order, whose document has all the words, or words beginning so.

    `only` is SQL for the ids allowed, with its parameters. There must be a word.
    """
    postgres = connection.vendor == "postgresql"
    rank = "rank" if postgres else "rowid"
    conditions = ["document @@ %s::tsquery" if postgres else f"{table} MATCH %s"]
    parameters: list[str | int] = [_tsquery(asked) if postgres else _fts_query(asked)]
    if only is not None:
        sql, more = only
        conditions.append(f"({rank} & {(1 << id_bits) - 1}) IN ({sql})")
        parameters.extend(more)
    where = " AND ".join(conditions)
    statement = f"SELECT {rank} FROM {table} WHERE {where} ORDER BY {rank} LIMIT {CANDIDATES}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [found & ((1 << id_bits) - 1) for (found,) in cursor.fetchall()]


def _begins(asked: Sequence[str]) -> list[tuple[str, bool]]:
    """Each word, and whether it may be the beginning of one. The last always may: it is still being typed."""
    return [
        (word, len(word) >= SHORTEST_BEGINNING or position == len(asked))
        for position, word in enumerate(asked, start=1)
    ]


# Words are letters and digits only, so that none can end a quotation.
def _tsquery(asked: Sequence[str]) -> str:
    return " & ".join(f"'{word}'{':*' if begins else ''}" for word, begins in _begins(asked))


def _fts_query(asked: Sequence[str]) -> str:
    return " AND ".join(f'"{word}"{"*" if begins else ""}' for word, begins in _begins(asked))


def misfit(asked: Sequence[str], named: Sequence[str], numbered: Sequence[str] = ()) -> tuple[int, int, int]:
    """How badly a thing fits what was asked; the least is best. For sorting things that all fit somehow.

    A whole word of the name fits best; then the beginning of one, or a whole word of the number; then what only
    stands elsewhere (theme, year). Then the name whose words are just the ones asked for, then the shorter name.
    """
    whole = set(named)
    worst = 0
    for word in asked:
        if word not in whole:
            worst += 1 if word in numbered or any(name.startswith(word) for name in named) else 2
    return worst, int(whole != set(asked)), len(named)

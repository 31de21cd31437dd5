"""Words to candidates by the database's full-text index, and the one ranking that puts the best of them first."""

from collections.abc import Sequence

from django.db import connection

CANDIDATES = 200
# Shorter words in the middle of a query are taken as they are: "a" would be the beginning of too many.
SHORTEST_BEGINNING = 3


def candidates(
    table: str, asked: Sequence[str], id_bits: int, *, only: tuple[str, list[int]] | None = None
) -> list[int]:
    """The ids of the first 200, in the index's order, whose document has all the words; there must be one.

    The last word is still being typed, so it may be the beginning of one. Only where nothing fits may the others be
    beginnings too: looking those up costs many times as much. `only` is SQL for the ids allowed, with its parameters.
    """
    last = len(asked) - 1
    found = _matching(table, [(word, at == last) for at, word in enumerate(asked)], id_bits, only)
    if found or not any(len(word) >= SHORTEST_BEGINNING for word in asked[:-1]):
        return found
    generous = [(word, at == last or len(word) >= SHORTEST_BEGINNING) for at, word in enumerate(asked)]
    return _matching(table, generous, id_bits, only)


# A word, and whether it may be the beginning of one. It has letters and digits only, so it cannot end a quotation.
Asked = tuple[str, bool]


def _matching(
    table: str, asked: Sequence[Asked], id_bits: int, only: tuple[str, list[int]] | None
) -> list[int]:
    if connection.vendor == "postgresql":
        rank, condition = "rank", "document @@ %s::tsquery"
        query = " & ".join(f"'{word}'{':*' if begins else ''}" for word, begins in asked)
    else:
        rank, condition = "rowid", f"{table} MATCH %s"
        query = " AND ".join(f'"{word}"{"*" if begins else ""}' for word, begins in asked)
    parameters: list[str | int] = [query]
    if only is not None:
        sql, more = only
        condition += f" AND ({rank} & {(1 << id_bits) - 1}) IN ({sql})"
        parameters.extend(more)
    statement = f"SELECT {rank} FROM {table} WHERE {condition} ORDER BY {rank} LIMIT {CANDIDATES}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [found & ((1 << id_bits) - 1) for (found,) in cursor.fetchall()]


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

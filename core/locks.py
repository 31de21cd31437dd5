"""Locks on names that have no row of their own."""

from hashlib import blake2b

from django.db import connection


def lock_names(kind: str, *names: str) -> None:
    """Lock these names of a kind until the transaction ends, so that what is counted by a name is counted in turn.

    PostgreSQL locks a number made from each name. On SQLite a transaction that writes is alone anyway.
    """
    if connection.vendor != "postgresql":
        return
    numbers = sorted(
        int.from_bytes(blake2b(f"{kind}:{name}".encode(), digest_size=8).digest(), signed=True)
        for name in set(names)
    )
    with connection.cursor() as cursor:
        # PostgreSQL takes these locks one after another, in the order of the numbers.
        locks = ", ".join(["pg_advisory_xact_lock(%s)"] * len(numbers))
        # The comment tells an administrator, and a test, what is waited for.
        cursor.execute(f"SELECT {locks} /* {kind} */", numbers)

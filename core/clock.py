"""The one clock that decides: the database's. Hosts' clocks differ, and a wrong one must not hold up any work."""

from datetime import datetime

from django.db import connection
from django.utils import timezone


def now() -> datetime:
    """The time at this moment, also inside a long transaction. SQLite has no clock but this host's."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment

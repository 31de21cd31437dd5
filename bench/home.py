"""The staff's home page with a million orders, on PostgreSQL: the cost of each figure, and of the whole page."""

import os
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bench.figures import Figure, figure, seconds
from tests.cluster import Cluster, NoPostgres

ORDERS = 1_000_000
OPEN = 20_000  # of them; the others are closed, each with its parcel
RUNS = 9
# Every open screen loads it again each 20 seconds, so it must be fast.
PAGE_MS = 250.0

_FILL = (
    # One order every six seconds over the last days. The newest are open, in every state.
    """
    INSERT INTO orders_order (number, set_id, state, language, country, box_code, channel, review_reasons, end_reason,
        link_version, created_at, to_identify)
    SELECT 'B' || lpad(n::text, 12, '0'), %(set)s,
        CASE WHEN n > %(open)s THEN 'closed'
            ELSE (ARRAY['received','in_review','allocated','backordered'])[1 + n %% 4] END,
        'en', 'US', '', 'web', '[]', '', 1, now() - n * interval '6 seconds', false
    FROM generate_series(1, %(orders)s) AS n
    """,
    "INSERT INTO orders_wave (created_at) VALUES (now())",
    """
    INSERT INTO orders_orderline (order_id, position, bag_id, bag_label, quantity, reason, reserved, backordered,
        shipped, waived)
    SELECT id, 1, %(bag)s, '14', 1, 'missing', (state = 'allocated')::int, (state = 'backordered')::int,
        (state = 'closed')::int, 0
    FROM orders_order
    """,
    """
    INSERT INTO orders_shipment (order_id, wave_id, slot, status, override_reason, carrier, tracking_number, created_at,
        packed_at, shipped_at, delivered_at, prints)
    SELECT id, (SELECT max(id) FROM orders_wave), 0, 'delivered', '', 'Post', '', created_at,
        created_at + interval '2 hours', created_at + interval '3 hours', created_at + interval '3 days', 1
    FROM orders_order WHERE state = 'closed'
    """,
    """
    INSERT INTO orders_backorder (line_id, item_id, quantity, since)
    SELECT l.id, %(item)s, 1, o.created_at FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id
    WHERE o.state = 'backordered'
    """,
)


def run() -> Mapping[str, Figure]:
    """Milliseconds of each part of the page, and of the page. Empty if there is no PostgreSQL."""
    # A process of its own: settings are read once, and other parts of the benchmark have different ones.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as own:
        return own.submit(_run).result()


def _run() -> dict[str, Figure]:
    try:
        with Cluster() as cluster, tempfile.TemporaryDirectory(prefix="b14home") as folder:
            os.environ.update(
                VAR=folder, DATABASE_URL=cluster.url(), DJANGO_SETTINGS_MODULE="config.settings"
            )
            import django

            django.setup()
            return _measure()
    except NoPostgres as reason:
        print(f"Not measured: {reason}")
        return {}


def _measure() -> dict[str, Figure]:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection, connections
    from django.test import Client

    from dashboard.days import two_days
    from dashboard.waiting import short_items, waiting_orders, waiting_shipments
    from tests.cast import small_set, staff_user, stock_bag

    call_command("migrate", verbosity=0)
    settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    cantina = small_set()
    given = {
        "orders": ORDERS,
        "open": OPEN,
        "set": cantina.set.pk,
        "bag": cantina.bag14.pk,
        "item": stock_bag(cantina.bag14, 1).pk,
    }
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE orders_shipment DROP CONSTRAINT shipment_slot_once_per_wave")
        for statement in _FILL:
            cursor.execute(statement, given)
        cursor.execute("ANALYZE")
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(staff_user())

    def page() -> None:
        assert client.get("/dashboard/").status_code == 200  # noqa: S101

    parts: dict[str, Callable[[], object]] = {
        "waiting_orders": waiting_orders,
        "waiting_shipments": waiting_shipments,
        "short_items": short_items,
        "two_days": two_days,
    }
    figures = {}
    for name, part in (*parts.items(), ("page", page)):
        part()
        times = [1000 * seconds(part) for _ in range(RUNS)]
        figures[name] = figure(times, "ms", limit=PAGE_MS if name == "page" else None)
    connections.close_all()
    return figures

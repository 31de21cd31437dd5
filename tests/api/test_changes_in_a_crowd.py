"""Sixteen clients change fifty orders at once, while workers do jobs: no deadlock reaches a client, and no 500."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import DatabaseError, close_old_connections, connection

from accounts.models import issue_api_key
from core.jobs import run_job
from core.models import Job
from orders.allocation import fulfilment, late_notices
from orders.intake.order_request import LineRequest
from orders.links import order_token
from orders.models import Order, Pick, Shipment
from tests.api.callers import Answer, Caller
from tests.cast import SmallSet, order_for, staff_user, stock_piece
from warehouse.drift import find_drift

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CLIENTS, ORDERS = 16, 50
RED = {"part_num": "3001", "color_id": 4, "quantity": 1}
ADDRESS = {
    "line2": "",
    "city": "Springfield",
    "region": "IL",
    "postal_code": "62701",
    "country": "US",
}
HANDLERS = {
    "fulfil_order": fulfilment.fulfil_order,
    "serve_waiting": fulfilment.serve_waiting,
    "mail_waiting": late_notices.mail_waiting,
}


class Client:
    """One client, who does one thing after the other to whichever order comes next."""

    def __init__(self, seed: int, orders: list[Order], sku: str, lead_key: str) -> None:
        self._random = random.Random(seed)
        self._orders, self._sku = orders, sku
        self._lead = Caller(lead_key)
        self.statuses: Counter[int] = Counter()
        self.wrong: list[str] = []
        self._kinds: list[Callable[[Order, Caller], Answer]] = [
            self.add_lines, self.add_lines, self.change_address, self.find_line, self.cancel, self.review,
            self.move_stock, self.start_wave, self.pick, self.pack,
        ]  # fmt: skip

    def work(self, requests: int) -> None:
        for number in range(requests):
            order = self._random.choice(self._orders)
            kind = self._random.choice(self._kinds)
            for _ in range(10):
                answer = kind(order, Caller(token=order_token(order)))
                # On a slow machine a lock may be held longer than a request waits: it says that it did nothing.
                if answer.status != 503 or answer.json["code"] != "try_again":
                    break
                time.sleep(0.5)
            self.statuses[answer.status] += 1
            if answer.status >= 500:
                self.wrong.append(f"{number} {kind.__name__}: {answer.status} {answer.json}")

    def _headers(self) -> dict[str, str]:
        """Half of the requests bear a key."""
        key = f"{self._random.getrandbits(64):x}"
        return {"Idempotency-Key": key} if self._random.random() < 0.5 else {}

    def add_lines(self, order: Order, caller: Caller) -> Answer:
        return caller.post(f"orders/{order.number}/lines/", {"lines": [RED]}, headers=self._headers())

    def change_address(self, order: Order, caller: Caller) -> Answer:
        line1 = f"{self._random.randrange(1_000)} Main St"
        return caller.post(
            f"orders/{order.number}/address/", {"line1": line1, **ADDRESS}, headers=self._headers()
        )

    def find_line(self, order: Order, caller: Caller) -> Answer:
        if self._random.random() < 0.7:
            return caller.get(f"orders/{order.number}/expected/")
        line = order.lines.order_by("?").values_list("pk", flat=True).first()
        return caller.post(f"orders/{order.number}/lines/{line}/found/", headers=self._headers())

    def cancel(self, order: Order, caller: Caller) -> Answer:
        if self._random.random() < 0.9:
            return caller.get(f"orders/{order.number}/")
        return caller.post(f"orders/{order.number}/cancel/", headers=self._headers())

    def review(self, order: Order, caller: Caller) -> Answer:
        return self._lead.post(f"orders/{order.number}/review/", {"decision": "approve", "note": ""})

    def move_stock(self, order: Order, caller: Caller) -> Answer:
        body = {
            "sku": self._sku,
            "bin": "A-01-1-01",
            "delta": self._random.choice([1, 2, 5, -1]),
            "reason": "counted",
        }
        return self._lead.post("stock/movements/", body, headers=self._headers())

    def start_wave(self, order: Order, caller: Caller) -> Answer:
        ready = Order.objects.filter(state="allocated").order_by("?").values_list("number", flat=True)
        numbers = list(ready[:1]) or [order.number]
        return self._lead.post("waves/", {"orders": numbers}, headers=self._headers())

    def pick(self, order: Order, caller: Caller) -> Answer:
        pick = Pick.objects.filter(picked_at=None).order_by("?").first()
        if pick is None:
            return self.start_wave(order, caller)
        body = {"quantity": pick.quantity, "short_reason": ""}
        return self._lead.post(f"waves/{pick.wave_id}/picks/{pick.pk}/", body, headers=self._headers())

    def pack(self, order: Order, caller: Caller) -> Answer:
        shipment = Shipment.objects.filter(status="picking").order_by("?").first()
        if shipment is None:
            return self.start_wave(order, caller)
        body = {"weight_mg": 20_000, "override_reason": "scale_broken"}
        return self._lead.post(f"shipments/{shipment.pk}/pack/", body, headers=self._headers())


def _do_jobs(over: threading.Event, failed: list[str]) -> None:
    """A worker: does whatever is due, until the clients have ended."""
    while not over.wait(0.01):
        for job in Job.objects.filter(state="pending", kind__in=HANDLERS).order_by("?")[:20]:
            try:
                run_job(job.pk, HANDLERS[job.kind])
            except DatabaseError as error:
                failed.append(str(error))
    connection.close()


def _deadlocks() -> int:
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(
    "requests", [pytest.param(320), pytest.param(2_000, marks=pytest.mark.long)], ids="{:,} requests".format
)
def test_no_deadlock_and_no_500_reaches_a_client(cantina: SmallSet, voices: None, requests: int) -> None:
    item = stock_piece(cantina.red, 60)
    orders = [order_for(LineRequest(part_num="3001", color_id=4)) for _order in range(ORDERS)]
    lead_key = issue_api_key(name="lead", role="lead", user=staff_user("lead"))[1]  # type: ignore[arg-type]
    clients = [Client(seed, orders, item.sku, lead_key) for seed in range(CLIENTS)]
    over, failed = threading.Event(), []  # type: ignore[var-annotated]
    before = _deadlocks()

    def run(client: Client) -> None:
        try:
            client.work(requests // CLIENTS)
        finally:
            connection.close()

    workers = [threading.Thread(target=_do_jobs, args=[over, failed]) for _worker in range(2)]
    threads = [threading.Thread(target=run, args=[client]) for client in clients]
    for thread in [*workers, *threads]:
        thread.start()
    for thread in threads:
        thread.join(600)
    over.set()
    for thread in workers:
        thread.join(60)
    close_old_connections()
    assert [wrong for client in clients for wrong in client.wrong] == []
    assert failed == []
    statuses = sum((client.statuses for client in clients), Counter())
    assert sum(statuses.values()) == requests // CLIENTS * CLIENTS
    assert statuses[200] + statuses[201] > requests // 4, statuses
    assert set(statuses) <= {200, 201, 400, 404, 409, 410, 429}, statuses
    assert not Job.objects.filter(state="failed").exists()
    assert find_drift() == []
    assert _deadlocks() == before, "none is undone, not even unseen"

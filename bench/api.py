"""The API on PostgreSQL, by the real web server, with eight callers: an order of three lines, and a set's pieces.

The rival is pgbench with eight clients and exactly the statements that such a request sends, in turns with ours: what
the database could do if Python took no time. Requests a second must reach a share of that. A bare endpoint for the
same pieces, without any of our checks, shows how much Django REST framework itself leaves of it.
"""

import itertools
import json
import statistics
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.catalogs import run_child
from bench.figures import Figure, figure
from bench.load import Load, load
from bench.replay import pgbench, record
from config.running import launch
from tests.cluster import Cluster, NoPostgres
from tests.stack import Broker, Stack, Template, answers, free_port, options_of, wait_until

CLIENTS, SECONDS, ROUNDS = 8, 5, 5
SHARE_OF_THE_DATABASE = 0.15
TAG = 918_273_645
PIECES = "/api/v1/sets/75290-1/pieces/"
LIMITS = {
    "REQUESTS_PER_MINUTE": "100000000",
    "KEY_ORDERS_PER_HOUR": "100000000",
    "PAGES_PER_MINUTE": "100000000",
    "NETWORK_ORDERS_PER_DAY": "100000000",
}


def run() -> Mapping[str, Figure]:
    """For each operation: requests a second and p99, both beside pgbench's."""
    try:
        with Cluster() as cluster, tempfile.TemporaryDirectory(prefix="b14api") as name:
            return _measure(cluster, Path(name))
    except NoPostgres as error:
        print(f"The API is not measured: {error}.")
        return {}


@dataclass(frozen=True, slots=True)
class Operation:
    """A request to measure: its server, the requests to send, their status, and the statements they cause."""

    name: str
    url: str
    status: int
    requests: Iterator[bytes]
    replayed: str


def _measure(cluster: Cluster, folder: Path) -> dict[str, Figure]:
    var = folder / "broker"
    var.mkdir()
    broker = Broker(var)
    broker.start()
    template = Template(folder / "template", server_url=cluster.url())
    template.make()
    stack = Stack(folder / "stack", broker=broker, template=template, environment=LIMITS)
    try:
        key = run_child(
            "from accounts.models import issue_api_key; print(__import__('json').dumps(issue_api_key(name='shop')[1]))",
            stack.environment,
        )
        url = stack.start_web()
        database = stack.database_url.rpartition("/")[2]
        operations = [
            _orders(cluster, database, url, key),
            _pieces(cluster, database, url, key),
            _pieces(cluster, database, _start_bare(stack), key, name="bare_list_pieces"),
        ]
        figures: dict[str, Figure] = {}
        for operation in operations:
            figures |= _in_turns(cluster, database, operation)
        return figures
    finally:
        stack._children.end_all()
        stack.mail.stop()
        broker.end()


def _start_bare(stack: Stack) -> str:
    """Another web server like ours, with nothing but the bare endpoint."""
    port = free_port()
    command = [*launch.web_command(options_of(stack.var, port))[:-1], "bench.bare.rsgi:application"]
    stack._children.start("bare", command, stack.environment)
    url = f"http://127.0.0.1:{port}"
    wait_until(
        lambda: answers(f"{url}{PIECES}"), "the bare endpoint answers", report=stack._children.log_tails
    )
    return url


def _in_turns(cluster: Cluster, database: str, operation: Operation) -> dict[str, Figure]:
    ours: list[Load] = []
    rival: list[Load] = []
    for _ in range(ROUNDS):
        ours.append(
            load(operation.url, operation.requests, status=operation.status, clients=CLIENTS, seconds=SECONDS)
        )
        rival.append(pgbench(cluster, database, operation.replayed, clients=CLIENTS, seconds=SECONDS))
    rates, rival_rates = (
        [measured.per_second for measured in ours],
        [measured.per_second for measured in rival],
    )
    limit = SHARE_OF_THE_DATABASE * statistics.median(rival_rates)
    bare = operation.name.startswith("bare_")
    return {
        f"{operation.name}.rate": figure(
            rates, "requests/s", limit=None if bare else limit, rivals=rival_rates
        ),
        f"{operation.name}.p99": figure(
            [_p99(measured) for measured in ours], "ms", rivals=[_p99(measured) for measured in rival]
        ),
    }


def _p99(measured: Load) -> float:
    return sorted(measured.latencies_ms)[int(len(measured.latencies_ms) * 0.99)]


def _orders(cluster: Cluster, database: str, url: str, key: str) -> Operation:
    def make(number: int) -> bytes:
        return _http("POST", "/api/v1/orders/", key, json.dumps(order(number)).encode(), f"bench-{number}")

    def place() -> str:
        return str(_call(url, "/api/v1/orders/", key, order(TAG), f"bench-{TAG}")["number"])

    numbers = itertools.count(1)
    _warm_up(url, (make(number) for number in numbers), 201)
    replayed = record(cluster, database, place, tag=str(TAG))
    return Operation("create_order", url, 201, (make(number) for number in numbers), replayed)


def _pieces(cluster: Cluster, database: str, url: str, key: str, name: str = "list_pieces") -> Operation:
    request = _http("GET", PIECES, key)

    def read() -> str:
        _call(url, PIECES, key)
        return ""

    _warm_up(url, itertools.repeat(request), 200)
    return Operation(name, url, 200, itertools.repeat(request), record(cluster, database, read))


def _warm_up(url: str, requests: Iterator[bytes], status: int) -> None:
    """Send requests until both processes of the web server have prepared their statements."""
    load(url, requests, status=status, clients=CLIENTS, seconds=2)


def order(number: int) -> dict[str, Any]:
    """A household's request for a bag and two kinds of pieces."""
    return {
        "set_num": "75290-1",
        "lines": [
            {"bag": "14", "reason": "missing"},
            {"part_num": "3001", "color_id": 4, "quantity": 2, "reason": "lost"},
            {"element_id": "300121", "quantity": 1, "reason": "damaged"},
        ],
        "customer": {"name": "John", "email": f"john{number}@example.com", "language": "en"},
        "address": {
            "line1": f"{number} Main St",
            "city": "Springfield",
            "region": "IL",
            "postal_code": "62701",
            "country": "US",
        },
        "builder": {"name": "Emma", "age_band": "7-12"},
        "box_code": "45R0",
    }


def _http(method: str, path: str, key: str, body: bytes = b"", idempotency_key: str = "") -> bytes:
    """A whole HTTP request as bytes."""
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Api-Key {key}"]
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if idempotency_key:
        head.append(f"Idempotency-Key: {idempotency_key}")
    return "\r\n".join([*head, "", ""]).encode() + body


def _call(url: str, path: str, key: str, body: Any = None, idempotency_key: str = "") -> Any:
    """Send one request, and return its answer."""
    headers = {"Authorization": f"Api-Key {key}", "Content-Type": "application/json"}
    if idempotency_key:
        headers["Idempotency-Key"] = idempotency_key
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, data, headers), timeout=30) as reply:  # noqa: S310
        return json.load(reply)

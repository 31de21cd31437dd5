"""Two years later: a word that stood in every personal field is found nowhere, and every count is as before."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from redis import Redis

from accounts.models import Role, issue_api_key
from catalog.models import Bag, Content
from core import idempotency
from core.jobs import claim_job, run_job
from core.models import IdempotencyKey, Job
from notifications.mail import outbox
from notifications.models import Message
from orders.actors import CUSTOMER
from orders.allocation import fulfilment
from orders.intake.cancelling import cancel_order
from orders.letters import writing
from orders.models import Event, Letter, LetterVersion, Order, OrderLine, Shipment
from orders.parcels import printing
from orders.parcels.shipping import pack_shipment, ship_shipment
from orders.privacy import retention
from orders.privacy.registry import REGISTRY
from quality.api import _report
from quality.reports import defect_reports
from tests.api.callers import Caller
from tests.cast import SmallSet, small_set, staff_user, stock_bag
from tests.orders.privacy.clock import move_clock
from tests.orders.privacy.parcels import picked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("voices"), pytest.mark.slow]

CANARY = "kanarienvogel"
POSTAL_CODE = "62701-9987"
# These hold one of a few values, of which none is a person's, or a keyed digest.
CHOICES = {
    "OrderContact.country",
    "OrderContact.region",
    "OrderContact.builder_age_band",
    "Message.address_key",
}
KINDS = {
    "fulfil_order": fulfilment.fulfil_order,
    "serve_waiting": fulfilment.serve_waiting,
    "write_letter": writing.write_letter,
    "send_message": outbox.send_message,
    "print_wave": printing.make_print_run,
    "retention": retention.do_run,
}


def work() -> None:
    """What the workers do, until nothing is due."""
    while due := list(Job.objects.filter(state="pending", kind__in=KINDS)):
        for job in due:
            run_job(job.pk, KINDS[job.kind])


def body(number: int, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A request whose every field names the canary."""
    return {
        "set_num": "75290-1",
        "lines": lines,
        "customer": {"name": f"Ada {CANARY}", "email": f"{CANARY}{number}@example.com"},
        "address": {
            "line1": f"{number} {CANARY} street", "line2": f"at {CANARY}'s", "city": f"{CANARY}ville", "region": "IL",
            "postal_code": POSTAL_CODE, "country": "US",
        },
        "builder": {"name": f"Bob {CANARY}", "age_band": "7-12"},
        "message": f"To {CANARY}", "box_code": f"45R0 {CANARY}", "bought_at": f"{CANARY}'s shop",
        **more,
    }  # fmt: skip


def place(number: int, *lines: dict[str, Any], **more: Any) -> Order:
    answer = Caller(address=f"192.0.2.{number}").place(body(number, list(lines), **more), key=f"key-{number}")
    assert answer.status == 201, answer.json
    return Order.objects.get(number=answer.json["number"])


@pytest.fixture
def lived(settings: Any, client: Client) -> SmallSet:
    """Orders that went each of the ways an order can go, with the canary wherever a person can type it."""
    settings.EMAIL_BACKEND = "notifications.mail.mailbox.MailboxBackend"
    cantina = small_set()
    stock_bag(cantina.bag14, 5)
    service = Caller(issue_api_key(name="desk", role="service", user=staff_user(Role.SERVICE))[1])
    _shipped(service, client)
    _held()
    _in_words(service)
    _with_unknown_bag(cantina, service)
    _cancelled()
    _stored_by_programs()
    work()
    return cantina


def _shipped(service: Caller, client: Client) -> None:
    """A letter that service edits, printed papers, a parcel over the scale; and a report that something is wrong."""
    order = place(1, {"bag": "14"})
    work()
    opened = service.get(f"orders/{order.number}/letter/texts/").json
    texts = [
        f"{each['text']} {CANARY}" if at == 0 else each["text"] for at, each in enumerate(opened["texts"])
    ]
    wishes = {"version": opened["version"], "note": f"Greetings, {CANARY}", "texts": texts}
    assert (
        service.post(f"orders/{order.number}/letter/texts/", wishes, headers={"Idempotency-Key": "e"}).status
        == 201
    )
    order.refresh_from_db()
    shipment = pack_shipment(
        shipment_id=picked(order).pk,
        weight_mg=1,
        override_reason=f"{CANARY} said so",
        may_override=True,
        by=None,
    )
    printing.print_wave(wave_id=shipment.wave_id, by=None)
    work()
    client.force_login(staff_user(Role.LEAD))
    assert client.get(f"/dashboard/parcels/{shipment.pk}/all.pdf").status_code == 200
    assert client.get(f"/dashboard/orders/{order.number}/").status_code == 200
    ship_shipment(shipment_id=shipment.pk, carrier="Post", tracking_number=CANARY, by=None)
    follow_up = {"trouble": "not_come", "message": f"Dear {CANARY}"}
    assert service.post(f"orders/{order.number}/follow-up/", follow_up).status == 201
    _decline(service, Order.objects.get(follows=order))


def _held() -> None:
    """Letters that no font can print: one waits, one was released with what is printed instead."""
    for number in (2, 3):
        order = place(number, {"bag": "14"}, builder={"name": f"\U00012000 {CANARY}", "age_band": ""})
        work()
        if number == 3:
            service = Caller(issue_api_key(name="release", role="service")[1])
            text = Letter.objects.get(order=order).hold_detail[0]["text"]
            released = service.post(
                f"orders/{order.number}/letter/release/", {"print_as": {text: f"A {CANARY}"}}
            )
            assert released.status == 200
            work()
        cancel_order(order_id=order.pk, actor=CUSTOMER)


def _in_words(service: Caller) -> None:
    order = place(4, set_num="", described=f"a {CANARY} brick", described_set=f"the {CANARY} set")
    _decline(service, order)


def _with_unknown_bag(cantina: SmallSet, service: Caller) -> None:
    other = small_set("10497-1", bags_known=False)
    Content.objects.filter(bag__set=other.set).delete()
    Bag.objects.filter(set=other.set).delete()
    _decline(service, place(5, {"bag": CANARY[:12]}, set_num="10497-1"))


def _decline(service: Caller, order: Order) -> None:
    wanted = {"decision": "decline", "note": f"Sorry, {CANARY}"}
    assert service.post(f"orders/{order.number}/review/", wanted).status == 200


def _cancelled() -> None:
    cancel_order(order_id=place(6, {"bag": "14"}).pk, actor=CUSTOMER)


def _stored_by_programs() -> None:
    """What no customer's words reach today: subjects, a provider's answers, our own records."""
    LetterVersion.objects.update(subject=f"For {CANARY}")
    Message.objects.update(subject=f"For {CANARY}")
    Message.objects.filter(kind="shipped").update(
        provider_id=f"{CANARY}@provider", last_error=f"{CANARY} refused"
    )
    IdempotencyKey.objects.filter(key="key-1").update(body=json.dumps({"name": CANARY}))
    order = Order.objects.earliest("pk")
    LogEntry.objects.create(
        user=staff_user(Role.LEAD), content_type=ContentType.objects.get_for_model(Order), object_id=str(order.pk),
        object_repr=f"order of {CANARY}", action_flag=CHANGE, change_message=f"{CANARY} moved",
    )  # fmt: skip
    session = Session.objects.latest("expire_date")
    Session.objects.filter(pk=session.pk).update(
        session_data=Session.objects.encode({**session.get_decoded(), "note": CANARY})
    )


def has_canary(text: str) -> bool:
    folded = text.casefold()
    return CANARY in folded or CANARY[:12] in folded or POSTAL_CODE in folded


def columns_with_it() -> set[str]:
    """Table and column of each value with the canary, sessions decoded."""
    found = set()
    with connection.cursor() as cursor:
        # SQLite's search indexes cannot be read whole; the tables that they consist of can.
        tables = set(connection.introspection.table_names(cursor)) - {"catalog_setindex", "catalog_partindex"}
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                found |= {
                    f"{table}.{name}"
                    for name, value in zip(names, row, strict=True)
                    if has_canary(str(value))
                }
    if any(has_canary(str(session.get_decoded())) for session in Session.objects.all()):
        found.add("django_session.session_data")
    return found


def files_with_it() -> set[str]:
    """Files under VAR, the database's own and its log among them."""
    found = set()
    for path in Path(django_settings.VAR).rglob("*"):
        if path.is_file() and not path.is_symlink() and path.suffix != ".new":
            content = path.read_bytes().lower()
            if CANARY.encode() in content or POSTAL_CODE.encode() in content:
                found.add(path.name)
    return found


def keys_with_it() -> set[str]:
    """Keys of the Redis server whose name or value has the canary."""
    redis: Any = Redis.from_url(django_settings.REDIS_URL)
    readers: dict[bytes, Any] = {
        b"string": redis.get,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"hash": redis.hgetall,
    }
    return {
        repr(key) for key in redis.scan_iter() if has_canary(repr(key) + repr(readers[redis.type(key)](key)))
    }


def counted() -> dict[str, Any]:
    """All that is counted or reported."""
    return {
        "reports": [_report(row) for row in defect_reports()],
        "orders": list(
            Order.objects.order_by("pk").values_list("number", "state", "end_reason", "country", "language")
        ),
        "lines": list(
            OrderLine.objects.order_by("pk").values_list("reason", "quantity", "shipped", "waived", "piece")
        ),
        "parcels": list(Shipment.objects.order_by("pk").values_list("status", "carrier", "shipped_at")),
        "events": Event.objects.exclude(type="erased").count(),
    }


def test_the_canary_stands_in_every_personal_column_before(lived: SmallSet) -> None:
    """Otherwise the test below would find nothing because nothing was there."""
    found = columns_with_it()
    missing = {
        f"{rows.model.__name__}.{column.name}"
        for rows in REGISTRY
        for column in rows.columns
        if f"{rows.model._meta.db_table}.{column.name}" not in found
    }
    assert missing == CHOICES
    assert {"django_admin_log.object_repr", "django_session.session_data"} <= found
    assert list(Path(django_settings.MAILBOX_DIR).glob("*.eml"))
    assert list(Path(django_settings.PRINTS_DIR).glob("*.pdf"))


def test_two_years_later_it_is_found_nowhere(
    lived: SmallSet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    before = counted()
    move_clock(monkeypatch, timedelta(days=2 * 365 + 1))
    assert retention.begin_run()
    work()
    idempotency.forget_old_keys()
    printing.remove_old_prints()
    outbox.forget_strays()
    assert columns_with_it() == set()
    assert counted() == before
    assert keys_with_it() == set()
    assert not has_canary(caplog.text)
    assert not list(Path(django_settings.MAILBOX_DIR).glob("*"))
    assert not list(Path(django_settings.PRINTS_DIR).glob("*"))
    if connection.vendor == "sqlite":
        assert files_with_it() == set()
        backup = tmp_path / "backup.sqlite3"
        with sqlite3.connect(backup) as target:
            connection.connection.backup(target)
        assert not has_canary(backup.read_bytes().decode("latin-1"))


def test_a_replay_two_years_later_is_a_new_request_and_finds_no_old_one(
    lived: SmallSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_clock(monkeypatch, timedelta(days=2 * 365 + 1))
    retention.begin_run()
    work()
    number = Order.objects.earliest("pk").number
    assert place(1, {"bag": "14"}).number != number
    assert claim_job(Job.objects.get(kind="retention").pk) is None

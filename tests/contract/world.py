"""The rows that fuzzed addresses can name, and requests that the API grants."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Role, issue_api_key
from catalog.importing.problems import Problems
from catalog.importing.runs import report_name
from catalog.importing.uploads import folder_of
from catalog.models import Correction, ImportRun
from core.jobs import claim_job
from core.models import Job
from notifications.letters.voices_loading import load_voices
from notifications.models import Message
from orders.allocation.fulfilment import allocate_order
from orders.floor.counting import start_count
from orders.floor.picking import confirm_pick, create_wave
from orders.letters.writing import write_letter
from orders.links import order_token
from orders.models import Order, OrderLine, Pick, PrintRun, Shipment, Substitution
from orders.parcels.shipping import pack_shipment, ship_shipment
from orders.parcels.weighing import expected_weight
from tests.cast import SmallSet, order_for, small_set, staff_user, stock_bag, stock_piece
from warehouse.models import BinCount


@dataclass(frozen=True)
class World:
    """A set, orders, a wave, a shipment and all else that addresses can name; and who calls.

    `authorizations` is what each caller sends as Authorization: nobody, the customer of the order, a key of each role.
    """

    names: dict[str, Any]
    authorizations: dict[str, str]
    calls: Counter[str] = field(default_factory=Counter)


def make_world(*, with_letter: bool) -> World:
    cantina = small_set()
    stock_bag(cantina.bag14, 30)
    stock_piece(cantina.red, 50)
    order = order_for()
    with transaction.atomic():
        allocate_order(order.pk)
    wave = create_wave(numbers=[order.number], by=None)
    order_for()  # one that can still be changed or picked
    if with_letter:
        load_voices()
        write_letter_of(order)
        _shipments()
    return World(
        names={
            "set_num": "75290-1",
            "element_id": "300121",
            "label": "13",
            "paper": "slip",
            "version": 1,
            "number": order.number,
            "line_id": order.lines.get().pk,
            "wave_id": wave.pk,
            "pick_id": wave.picks.get().pk,
            "put_back_id": wave.put_backs.create(
                slot=1, parcel=1, level=wave.picks.get().level, quantity=1, at=timezone.now()
            ).pk,
            "shipment_id": wave.shipments.get().pk,
            **_more_names(cantina, order),
        },
        authorizations={
            "nobody": "",
            "customer": f"Order {order_token(order)}",
            **{role: f"Api-Key {key_of(role)}" for role in Role.values},
        },
    )


def key_of(role: str) -> str:
    """A key that works for this role's member of the cast."""
    return issue_api_key(name=role, role=role, user=staff_user(Role(role)))[1]


def _shipments() -> None:
    """A picked, a packed and a shipped shipment, so that a next step can follow each."""
    for last in ("picked", "packed", "shipped"):
        order = order_for()
        with transaction.atomic():
            allocate_order(order.pk)
        wave = create_wave(numbers=[order.number], by=None)
        for pick in wave.picks.all():
            confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, by=None)
        shipment = wave.shipments.get()
        if last == "picked":
            continue
        weight = expected_weight(shipment).weight_mg
        pack_shipment(
            shipment_id=shipment.pk, weight_mg=weight, override_reason="on trust", may_override=True, by=None
        )
        if last == "shipped":
            ship_shipment(shipment_id=shipment.pk, carrier="Post", by=None)


def write_letter_of(order: Order) -> None:
    """Write the letter, as its job does."""
    claim = claim_job(Job.objects.get(kind="write_letter", subject=str(order.pk)).pk)
    assert claim is not None
    write_letter(claim)


def _more_names(cantina: SmallSet, order: Order) -> dict[str, Any]:
    now = timezone.now()
    run = ImportRun.objects.create(
        state="done", folder="fuzz", files={"sets.csv": 1}, created_at=now, finished_at=now
    )
    folder_of(run).mkdir(parents=True, exist_ok=True)
    problems = Problems()
    problems.note("sets.csv", 2, "name", "strange", "A strange name.")
    problems.write(folder_of(run) / report_name(run))
    mail = Message.objects.create(
        reference=f"order:{order.pk}",
        key=f"fuzz:{order.pk}",
        kind="shipped",
        language="en",
        to_email="john@example.com",
        subject="It has left",
        body="Dear John",
        message_id="fuzz@example.org",
        state="sent",
        created_at=now,
        sent_at=now,
    )
    offer = Substitution.objects.create(
        line=order.lines.get(), wanted=cantina.red, offered=cantina.grey, quantity=1, offered_at=now
    )
    correction = Correction.objects.create(
        set=cantina.set, field="year", before=2020, after=2020, source=2019, at=now
    )
    print_run = PrintRun.objects.create(
        wave_id=order.shipments.get().wave_id, requested_at=now, file="fuzz.pdf"
    )
    return {
        "run_id": run.pk,
        "print_id": print_run.pk,
        "mail_id": mail.pk,
        "offer_id": offer.pk,
        "correction_id": correction.pk,
        "count_id": start_count(bin_code="A-01-1-01", by=None).pk,
    }


_household = count(1)
RED = {"part_num": "3001", "color_id": 4}
ADDRESS = {"city": "Springfield", "region": "IL", "postal_code": "62701", "country": "US"}
MADRID = {
    "line1": "Calle Mayor 1",
    "city": "Madrid",
    "region": "Madrid",
    "postal_code": "28013",
    "country": "ES",
}


def granted_body(operation_id: str) -> Any:
    """A body that this operation grants now, so that other operations can follow it; or None.

    A wave needs an order with reserved stock. There is no worker here, so this function reserves it.
    """
    if operation_id == "createOrder":
        number = next(_household)
        return {
            "set_num": "75290-1",
            "lines": [{"bag": "14"}, {"part_num": "3001", "color_id": 4, "reason": "lost"}],
            "customer": {"name": "John", "email": f"john{number}@example.org"},
            "address": {"line1": f"{number} Main St", **ADDRESS},
        }
    if operation_id == "createWave":
        order = _changeable()
        if order is None:
            return None
        with transaction.atomic():
            allocate_order(order.pk)
        return {"orders": [order.number]}
    bodies: dict[str, Any] = {
        "addLines": {"lines": [{"element_id": "300121"}]},
        "changeAddress": MADRID,
        "followUp": {"trouble": "not_come"},
        "reviewOrder": {"decision": "approve"},
        "requestData": {"purpose": "download"},
        "createMovement": {"sku": "P:3001:4", "bin": "A-01-1-01", "delta": 1, "reason": "received"},
        "enterStock": {
            "mode": "received",
            "lines": [{"sku": "P:3001:4", "bin": "A-01-1-01", "quantity": 1}],
        },
        "startBinCount": {"bin": "A-01-1-01"},
        "scanIntoCount": {"code": "300121", "quantity": 40},
        "weighPiece": {**RED, "count": 10, "total_mg": 23_200},
        "correctWeight": {**RED, "weight_mg": 2_321},
        "correctSet": {"year": 2021},
        "correctBag": {"rows": [{"element_id": "300121", "quantity": 3}]},
        "confirmPick": {"quantity": 1},
        "packShipment": {"weight_mg": 24_000, "override_reason": "a heavy letter"},
        "shipShipment": {"carrier": "Post"},
    }
    return bodies.get(operation_id)


def fitting_names(operation_id: str) -> dict[str, Any]:
    """The names in the address with which this operation is granted now, if there are any."""
    finders: dict[str, Callable[[], dict[str, Any]]] = {
        **dict.fromkeys(("addLines", "changeAddress", "cancelOrder"), _order_to_change),
        "markLineFound": _line_to_find,
        "confirmPick": _stop_to_make,
        "packShipment": lambda: _shipment(Shipment.objects.exclude(shares__pick__picked_at=None), "picking"),
        "shipShipment": lambda: _shipment(Shipment.objects.all(), "packed"),
        **dict.fromkeys(
            ("deliverShipment", "returnShipment"), lambda: _shipment(Shipment.objects.all(), "shipped")
        ),
        "followUp": _order_that_left,
        **dict.fromkeys(("scanIntoCount", "finishBinCount"), _open_count),
    }
    return finders[operation_id]() if operation_id in finders else {}


def _changeable() -> Order | None:
    return Order.objects.filter(state="received").order_by("pk").last()


def _order_to_change() -> dict[str, Any]:
    order = _changeable()
    return {"number": order.number} if order else {}


def _line_to_find() -> dict[str, Any]:
    line = OrderLine.objects.filter(order__state="received", found_at=None).select_related("order").last()
    return {"number": line.order.number, "line_id": line.pk} if line else {}


def _stop_to_make() -> dict[str, Any]:
    pick = Pick.objects.filter(picked_at=None).order_by("pk").first()
    return {"wave_id": pick.wave_id, "pick_id": pick.pk} if pick else {}


def _shipment(shipments: Any, status: str) -> dict[str, Any]:
    found = shipments.filter(status=status).order_by("pk").first()
    return {"shipment_id": found.pk} if found else {}


def _order_that_left() -> dict[str, Any]:
    shipments = Shipment.objects.filter(shipped_at__isnull=False, order__followed_by=None)
    found = shipments.select_related("order").first()
    return {"number": found.order.number} if found else {}


def _open_count() -> dict[str, Any]:
    found = BinCount.objects.filter(finished_at=None).first()
    return {"count_id": found.pk} if found else {}

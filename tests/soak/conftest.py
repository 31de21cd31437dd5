"""A small house in order, in which each test breaks one thing: every check must find it."""

from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest
from django.db import transaction

from notifications.models import Message
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.order_request import LineRequest
from orders.models import Order, Shipment
from orders.parcels.shipping import pack_shipment, ship_shipment
from orders.parcels.weighing import expected_weight
from tests.cast import SmallSet, allocated_order, stock_bag, stock_piece
from tests.contract.world import write_letter_of
from tests.soak.checks.finding import Finding
from tests.soak.memory import Wish

Check = Callable[[], Iterator[Finding]]


@pytest.fixture
def shop(cantina: SmallSet, voices: None) -> SmallSet:
    stock_bag(cantina.bag14, 5)
    stock_piece(cantina.red, 4)
    return cantina


@pytest.fixture
def order(shop: SmallSet) -> Order:
    """John's bag 14, set aside for him; his letter is written."""
    order = allocated_order()
    write_letter_of(order)
    order.refresh_from_db()
    return order


@pytest.fixture
def waiting(shop: SmallSet) -> Order:
    """Waits for a tile that is not in stock."""
    order = allocated_order(LineRequest(part_num="3070b", color_id=19))
    write_letter_of(order)
    order.refresh_from_db()
    return order


def ship(order: Order) -> Shipment:
    """Pick, pack and ship all of it."""
    wave = create_wave(numbers=[order.number], by=None)
    for pick in wave.picks.all():
        confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, by=None)
    parcel = wave.shipments.get()
    weight = expected_weight(parcel).weight_mg
    pack_shipment(
        shipment_id=parcel.pk, weight_mg=weight, override_reason="by hand", may_override=True, by=None
    )
    ship_shipment(shipment_id=parcel.pk, carrier="Post", by=None)
    return parcel


def wish_for(order: Order) -> Wish:
    """What the client remembers that placed it."""
    contact = order.contact
    return Wish(contact.email, again=True, number=order.number, token="t", lines=order.lines.count())


def send_all() -> list[EmailMessage]:
    """Every mail of the outbox as a mail server that took it has it."""
    received = []
    for row in Message.objects.all():
        Message.objects.filter(pk=row.pk).update(state="sent", sent_at=row.created_at)
        received.append(as_received(row))
    return received


def as_received(row: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["Message-ID"], mail["To"], mail["Subject"] = row.message_id, row.to_email, row.subject
    return mail


def rules(findings: Iterator[Finding]) -> set[tuple[str, str]]:
    """What was found, without its subjects."""
    with transaction.atomic():
        return {(each.fault, each.rule) for each in findings}

"""What a scanner does in the warehouse: finding, counting, entering, weighing, printing."""

from pathlib import Path
from typing import Any

import pytest

from core.jobs import run_job
from core.models import Job
from orders.actors import CUSTOMER
from orders.floor.picking import create_wave
from orders.intake.cancelling import cancel_order
from orders.models import Event, Shipment
from orders.parcels.printing import make_print_run
from tests.api.callers import Caller
from tests.cast import SmallSet, allocated_order, levels, piece, stock_bag, stock_piece

pytestmark = pytest.mark.django_db


def test_scan_finds_an_item_unless_several_match(cantina: SmallSet, packer: Caller) -> None:
    red = stock_piece(cantina.red, 1, "A-01")
    blue = stock_piece(piece("3001", 1, "Brick 2 x 4", "Blue", "0055BF", 2_320), 1, "A-02")
    assert packer.get("stock/scanned/", code="300121").json == {"sku": red.sku}
    assert packer.get("stock/scanned/", code="3001").is_refused(409, "which_one")
    assert packer.get("stock/scanned/", code="3001", bin="A-02").json == {"sku": blue.sku}
    assert packer.get("stock/scanned/", code="nothing").is_refused(404, "not_found")
    assert packer.get("stock/scanned/").problems == {("/code", "required")}


def test_bin_is_counted_scan_by_scan_and_a_scan_sent_twice_counts_once(
    cantina: SmallSet, packer: Caller
) -> None:
    red, grey = stock_piece(cantina.red, 5, "A-01"), stock_piece(cantina.grey, 3, "A-01")
    count = packer.post("bin-counts/", {"bin": "A-01"}).json
    path = f"bin-counts/{count['id']}/"
    for _ in range(2):
        packer.post(f"{path}scans/", {"code": "300121", "quantity": 2}, headers={"Idempotency-Key": "a"})
    second = packer.post(f"{path}scans/", {"code": red.sku}, headers={"Idempotency-Key": "b"})
    assert (second.status, second.json) == (201, {"sku": red.sku, "quantity": 3})
    assert packer.post("bin-counts/", {"bin": "A-01"}).json["id"] == count["id"]
    assert levels(red) == {"A-01": (5, 0)}
    finished = packer.post(f"{path}finish/", {"whole_bin": True}).json
    assert (finished["changed"], finished["finished_at"] is not None) == (2, True)
    assert (levels(red), levels(grey)) == ({"A-01": (3, 0)}, {"A-01": (0, 0)})
    assert packer.post(f"{path}finish/", {"whole_bin": True}).json["changed"] == 0
    assert packer.post(f"{path}scans/", {"code": red.sku}).is_refused(409, "count_finished")


def test_delivery_is_entered_whole_or_not_at_all(cantina: SmallSet, packer: Caller) -> None:
    red = stock_piece(cantina.red, 1, "A-01")
    lines: list[dict[str, Any]] = [
        {"sku": red.sku, "bin": "A-01", "quantity": 4},
        {"sku": "X", "bin": "A-01", "quantity": 2},
    ]
    for mode in ("received", "counted"):
        refused = packer.post("stock/batches/", {"mode": mode, "lines": lines})
        assert refused.problems == {("/lines/1/sku", "unknown_sku")}
        assert not refused.json["errors"][0]["detail"].startswith("Line")
    assert levels(red) == {"A-01": (1, 0)}
    nowhere = packer.post("stock/batches/", {"mode": "received", "lines": [lines[0] | {"bin": " "}]})
    assert nowhere.problems == {("/lines/0/bin", "invalid")}
    guessed = packer.post("stock/batches/", {"mode": "guessed", "lines": lines[:1]})
    assert guessed.problems == {("/mode", "invalid_choice")}
    assert "received, counted" in guessed.json["errors"][0]["detail"]
    unread = packer.post("stock/batches/", {"mode": {"received": 1}, "lines": lines[:1]})
    assert unread.problems == {("/mode", "wrong_type")}
    twice = packer.post("stock/batches/", {"mode": "received", "lines": [lines[0], lines[0]]})
    assert twice.problems == {("/lines/1", "line_twice")}
    for _ in range(2):
        answer = packer.post(
            "stock/batches/", {"mode": "received", "lines": lines[:1]}, headers={"Idempotency-Key": "d"}
        )
        assert (answer.status, answer.json) == (201, {"entered": 1})
    assert levels(red) == {"A-01": (5, 0)}
    packer.post("stock/batches/", {"mode": "counted", "lines": lines[:1]})
    assert levels(red) == {"A-01": (4, 0)}


def test_bins_show_how_much_is_in_them(cantina: SmallSet, packer: Caller) -> None:
    stock_piece(cantina.red, 5, "A-01")
    stock_bag(cantina.bag14, 1, "B-01")
    allocated_order()
    assert packer.get("bins/", beginning="b").json["results"] == [
        {"code": "B-01", "kinds": 1, "things": 1, "promised": 1}
    ]
    (row,) = packer.get("stock/", bin="A-01").json["results"]
    assert row["on_hand"] == 5
    assert packer.get("stock/", bin="Z-99").json["results"] == []


def test_piece_is_weighed_unless_too_few_lie_on_the_scale(cantina: SmallSet, packer: Caller) -> None:
    weighed = {"part_num": "3001", "color_id": 4, "count": 100, "total_mg": 240_000}
    assert packer.post("stock/weighings/", weighed).json["weight_mg"] == 2_400
    cantina.red.refresh_from_db()
    assert cantina.red.weight_mg == 2_400
    light = weighed | {"part_num": "3024", "color_id": 71, "count": 1, "total_mg": 220}
    assert packer.post("stock/weighings/", light).is_refused(409, "too_few")
    assert packer.post("stock/weighings/", weighed | {"color_id": 9}).is_refused(404, "not_found")


def test_a_job_prints_a_wave_and_a_shipment_is_printed_at_once(
    cantina: SmallSet, packer: Caller, settings: Any, tmp_path: Path
) -> None:
    settings.PRINTS_DIR = tmp_path
    stock_bag(cantina.bag14, 1)
    order = allocated_order()
    wave = create_wave(numbers=[order.number], by=None)
    shipment = wave.shipments.get()
    path = f"waves/{wave.pk}/papers/"
    started = packer.post(path)
    assert (started.status, started.json["parcels"], started.json["finished_at"]) == (202, 1, None)
    assert packer.post(path).json["id"] == started.json["id"]
    run = f"{path}{started.json['id']}"
    assert packer.get(f"{run}.pdf").is_refused(409, "not_printed_yet")
    of_another_wave = f"waves/{wave.pk + 1}/papers/{started.json['id']}"
    assert packer.get(f"{of_another_wave}/").is_refused(404, "not_found")
    assert packer.get(f"{of_another_wave}.pdf").is_refused(404, "not_found")
    for _ in range(2):
        run_job(Job.objects.get(kind="print_wave").pk, make_print_run)
    assert packer.get(f"{run}/").json["finished_at"] is not None
    pages = b"".join(packer.get(f"{run}.pdf").response.streaming_content)
    assert pages.startswith(b"%PDF")
    for file in tmp_path.iterdir():
        file.unlink()
    assert packer.get(f"{run}.pdf").is_refused(410, "print_gone")

    papers = f"shipments/{shipment.pk}/papers/"
    assert packer.get(f"{papers}slip.pdf").type == "application/pdf"
    assert packer.get(f"{papers}label.pdf").is_refused(409, "not_packed")
    assert packer.get(f"{papers}secrets.pdf").is_refused(404, "not_found")
    Shipment.objects.update(status="packed", packed_at=order.created_at)
    before = Event.objects.filter(type="printed").count()
    assert packer.get(f"{papers}label.pdf").type == "application/pdf"
    assert Event.objects.filter(type="printed").count() == before + 1


def test_shipments_waves_and_hand_overs_are_listed(cantina: SmallSet, packer: Caller) -> None:
    stock_bag(cantina.bag14, 2)
    first, second = allocated_order(), allocated_order()
    (ready,) = [row["number"] for row in packer.get("orders/", ready="true", page_size=1).json["results"]]
    assert ready == second.number
    wave = create_wave(numbers=[first.number], by=None)
    assert [row["number"] for row in packer.get("orders/", ready="true").json["results"]] == [second.number]
    (row,) = packer.get("waves/").json["results"]
    assert (row["id"], row["stops"], row["parcels_gone"]) == (wave.pk, 1, 0)
    Shipment.objects.update(
        status="shipped", carrier="Post", packed_at=first.created_at, shipped_at=first.created_at
    )
    (shipment,) = packer.get("shipments/", order=first.number, status="shipped").json["results"]
    assert (shipment["order"], shipment["wave"]) == (first.number, wave.pk)
    assert packer.get("shipments/", order="B14-0000-0000").json["results"] == []
    (handed,) = packer.get("hand-overs/").json["results"]
    assert (handed["carrier"], handed["country"], "line1" in handed) == ("Post", "US", False)
    assert packer.get("hand-overs/", day="2020-01-01").json["results"] == []
    assert packer.get("hand-overs/", day="someday").problems == {("/day", "invalid")}


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("stock/counts/", {"sku": "X", "bin": "A-01", "counted": 1}, ("/sku", "unknown_sku")),
        (
            "stock/moves/",
            {"sku": "X", "from_bin": "A-01", "to_bin": "A-02", "quantity": 1},
            ("/sku", "unknown_sku"),
        ),
        (
            "stock/weighings/",
            {"part_num": "X", "color_id": 4, "count": 9, "total_mg": 9_000},
            ("/part_num", "unknown_piece"),
        ),
    ],
)
def test_what_is_unknown_is_named(
    cantina: SmallSet, packer: Caller, path: str, body: dict[str, Any], problem: tuple[str, str]
) -> None:
    answer = packer.post(path, body)
    assert answer.is_refused(404, "not_found")
    assert answer.problems == {problem}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_first_and_last_day_of_the_calendar_have_no_hand_overs(packer: Caller, day: str) -> None:
    assert packer.get("hand-overs/", day=day).json["results"] == []


def test_picked_item_of_a_cancelled_order_is_carried_back(cantina: SmallSet, packer: Caller) -> None:
    stock_bag(cantina.bag14, 1)
    order = allocated_order()
    wave = packer.post("waves/", {"orders": [order.number]}).json
    assert wave["put_backs"] == []
    path, (pick,) = f"waves/{wave['id']}/", wave["picks"]
    packer.post(f"{path}picks/{pick['id']}/", {"quantity": 1})
    cancel_order(order_id=order.pk, actor=CUSTOMER)
    (left_over,) = packer.get(path).json["put_backs"]
    assert left_over == {
        "id": left_over["id"],
        "slot": 1,
        "sku": pick["sku"],
        "bin": pick["bin"],
        "quantity": 1,
    }
    assert packer.get("waves/").json["results"][0]["to_carry_back"] == 1
    answers = [packer.post(f"{path}put-backs/{left_over['id']}/") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert answers[0].json["done_at"]
    assert packer.get(path).json["put_backs"] == []
    assert packer.post(f"waves/{wave['id'] + 1}/put-backs/{left_over['id']}/").is_refused(404, "not_found")


def test_work_that_waits_is_counted(cantina: SmallSet, packer: Caller) -> None:
    allocated_order()
    work = packer.get("work/").json
    waiting = {row["status"]: row["total"] for row in work["orders"]}
    assert waiting == {"in_review": 0, "received": 0, "allocated": 0, "backordered": 1}
    assert {row["quantity"] for row in work["short"]} <= {1, 2}
    assert work["short"]
    assert all(name.isascii() for row in work["orders"] for name in row["by_age"])  # as they can be typed

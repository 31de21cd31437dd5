"""DefectReports: what counts as one, and that no customer's name is in it."""

import pytest
from django.test import Client

from accounts.models import Role
from orders.actors import CUSTOMER, SYSTEM
from orders.intake.cancelling import cancel_order, mark_line_found
from orders.intake.order_request import BuilderRequest, LineRequest
from orders.models import Order
from orders.privacy.erasing import erase_order
from quality.reports import FIELDS, defect_reports
from tests.cast import order_for, small_set, staff_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cantina")]


def _reasons() -> list[str]:
    return [row["reason"] for row in defect_reports()]


def test_what_was_missing_or_damaged_is_reported_and_what_was_lost_is_not() -> None:
    order_for(
        LineRequest(bag="14", reason="damaged"),
        LineRequest(part_num="3001", color_id=4, reason="lost"),
        LineRequest(part_num="3024", color_id=71, reason="missing"),
    )
    assert _reasons() == ["missing", "damaged"]


def test_a_report_says_what_where_and_when() -> None:
    order = order_for(LineRequest(part_num="3001", color_id=4, quantity=2), box_code="45R0")
    (report,) = defect_reports()
    assert report == {
        "id": order.lines.get().pk,
        "reported_at": order.created_at,
        "set_num": "75290-1",
        "set_name": "Mos Eisley Cantina",
        "bag_label": "",
        "part_num": "3001",
        "piece_name": "Brick 2 x 4",
        "color_id": 4,
        "color_name": "Red",
        "color_rgb": "C91A09",
        "quantity": 2,
        "reason": "missing",
        "box_code": "45R0",
        "country": "US",
    }


def test_a_bag_is_named_by_its_label() -> None:
    order_for(LineRequest(bag="14"))
    (report,) = defect_reports()
    assert (report["bag_label"], report["part_num"], report["color_id"]) == ("14", None, None)


def test_no_customer_is_in_a_report_or_on_its_page(client: Client) -> None:
    order_for(
        builder=BuilderRequest(name="Emma", age_band="7-12"),
        message="Look at machine four",
        bought_at="Target",
    )
    client.force_login(staff_user(Role.QUALITY))
    page = client.get("/dashboard/reports/").content.decode()
    assert "75290-1" in page
    for word in ("John", "Main St", "Springfield", "example.com", "Emma", "machine four", "Target", "B14-"):
        assert word not in page
        assert word not in str(list(defect_reports()))
    assert not set(FIELDS) & {"name", "email", "line1", "number", "message"}


def test_a_line_that_was_found_again_is_no_report() -> None:
    order = order_for(LineRequest(bag="13"), LineRequest(bag="14"))
    mark_line_found(order_id=order.pk, line_id=order.lines.get(bag_label="13").pk, actor=CUSTOMER)
    assert [row["bag_label"] for row in defect_reports()] == ["14"]


@pytest.mark.parametrize(
    ("state", "counts"), [("in_review", 0), ("declined", 0), ("received", 1), ("closed", 1)]
)
def test_a_request_counts_once_a_person_stands_behind_it(state: str, counts: int) -> None:
    order_for()
    Order.objects.update(state=state)
    assert len(_reasons()) == counts


def test_a_cancelled_order_is_no_report() -> None:
    cancel_order(order_id=order_for().pk, actor=CUSTOMER)
    assert _reasons() == []


def test_erasing_the_customer_keeps_the_report() -> None:
    order = order_for()
    erase_order(order_id=order.pk, actor=SYSTEM)
    assert _reasons() == ["missing"]


@pytest.mark.parametrize("typed", ["75290-1", "75290", " 75290 ", "۷۵۲۹۰"])
def test_they_are_filtered_by_set(typed: str) -> None:
    small_set("10255-1")
    order_for()
    order_for(set_num="10255-1")
    assert [row["set_num"] for row in defect_reports(set_num=typed)] == ["75290-1"]
    assert list(defect_reports(set_num="1")) == []


def test_the_newest_come_first() -> None:
    first, second = order_for(), order_for()
    ids = list(defect_reports().values_list("id", flat=True))
    assert ids == [second.lines.get().pk, first.lines.get().pk]

"""A bag whose contents are not entered: service enters it once, then the request can be approved."""

import pytest
from django.test import Client

from catalog.models import Bag, Content
from catalog.queries import bag_contents, quantities_in_set
from orders.allocation.fulfilment import allocate_order
from orders.intake.order_request import LineRequest
from orders.models import Order
from tests.cast import SmallSet, order_for, small_set, stock_piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def loose() -> SmallSet:
    """A set whose pieces are known, and whose bags are not."""
    set_ = small_set(bags_known=False)
    Content.objects.update(bag=None)
    Bag.objects.all().delete()
    return set_


@pytest.fixture
def order(loose: SmallSet) -> Order:
    order = order_for(LineRequest(bag="7"))
    assert order.state == "in_review"
    return order


def _enter(client: Client, order: Order, rows: str) -> tuple[int, str]:
    response = client.post(f"/dashboard/orders/{order.number}/bags/7/", {"rows": rows})
    return response.status_code, response.content.decode()


def test_the_order_links_to_the_page(sandra: Client, order: Order) -> None:
    page = sandra.get(f"/dashboard/orders/{order.number}/").content.decode()
    assert f'href="/dashboard/orders/{order.number}/bags/7/"' in page
    assert sandra.get(f"/dashboard/orders/{order.number}/bags/7/").status_code == 200
    assert sandra.get(f"/dashboard/orders/{order.number}/bags/8/").status_code == 404


def test_the_entered_pieces_are_in_the_bag_and_the_set_keeps_its_count(
    sandra: Client, order: Order, loose: SmallSet
) -> None:
    pieces = [loose.red.pk, loose.grey.pk, loose.tan.pk]
    before = quantities_in_set(loose.set, pieces)
    assert _enter(sandra, order, "300121 5\n\n3024, 71, 1\n3070b;19;2\n")[0] == 302
    bag = Bag.objects.get()
    inside = dict(bag_contents([bag.pk])[bag.pk])
    assert inside == {loose.red.pk: 5, loose.grey.pk: 1, loose.tan.pk: 2}
    assert quantities_in_set(loose.set, pieces) == before
    # A customer may still ask for another label of this set.
    loose.set.refresh_from_db()
    assert not loose.set.bags_known


def test_more_pieces_than_the_box_has_are_kept_apart(sandra: Client, order: Order, loose: SmallSet) -> None:
    _enter(sandra, order, "3024 71 3")
    rows = Content.objects.filter(bag__isnull=False).order_by("beyond_inventory")
    assert list(rows.values_list("quantity", "beyond_inventory")) == [(1, False), (2, True)]


def test_the_entered_and_approved_bag_is_made_up_of_its_pieces(
    sandra: Client, order: Order, loose: SmallSet
) -> None:
    stock_piece(loose.red, 10)
    _enter(sandra, order, "300121 4")
    sandra.post(f"/dashboard/orders/{order.number}/review/", {"decision": "approve"})
    allocate_order(order.pk)
    order.refresh_from_db()
    assert order.state == "allocated"


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ("", "This field is required."),
        ("300121", "Row 1: give an element id and a quantity"),
        ("300121 4\nnonsense", "Row 2: give an element id and a quantity"),
        ("999999 1", "Row 1: We do not know 999999."),
        ("300121 1\n\n3001 99 1", "Row 3: We do not know 3001 in colour 99."),
        ("300121 0", "Row 1: Give 1 to 5000."),
        ("300121 999999", "Row 1: Give 1 to 5000."),
        ("300121 1\n" * 501, "At most 500 rows."),
        ("300121 1\x00", "Null characters are not allowed."),
        ("<script> 1", "Row 1: We do not know &lt;script&gt;."),
    ],
)
def test_each_wrong_row_has_its_error_and_the_text_stays(
    sandra: Client, order: Order, rows: str, error: str
) -> None:
    status, page = _enter(sandra, order, rows)
    assert status == 400
    assert error in page
    assert not Bag.objects.exists()


def test_a_bag_is_entered_once(sandra: Client, leo: Client, order: Order) -> None:
    _enter(leo, order, "300121 4")
    status, page = _enter(sandra, order, "300121 2")
    assert status == 409
    assert "What lies in bag 7 is known already." in page
    assert "300121 2" in page
    assert list(Content.objects.filter(bag__isnull=False).values_list("quantity", flat=True)) in ([4], [2, 2])

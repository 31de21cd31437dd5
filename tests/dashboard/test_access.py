"""Who may see which page: every role at every page; a stranger signs in first; no page is open by accident."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts.models import User
from catalog.models import Correction, ImportRun
from dashboard.urls import urlpatterns
from orders.floor.counting import start_count
from orders.floor.picking import create_wave
from orders.models import Order, PutBack, Shipment
from tests.cast import SmallSet, allocated_order, small_set, staff_user, stock_bag

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]

PAGES = {
    "home": {"service", "warehouse", "quality", "lead"},
    "queue": {"service", "warehouse", "lead"},
    "order": {"service", "warehouse", "lead"},
    "review": {"service", "lead"},
    "identify": {"service", "lead"},
    "cancel": {"service", "lead"},
    "bag": {"service", "lead"},
    "set_bag": {"service", "lead"},
    "make_wave": {"warehouse", "lead"},
    "waves": {"warehouse", "lead"},
    "wave": {"warehouse", "lead"},
    "wave_papers": {"warehouse", "lead"},
    "pick": {"warehouse", "lead"},
    "carried_back": {"warehouse", "lead"},
    "parcels": {"warehouse", "lead"},
    "parcel": {"warehouse", "lead"},
    "pack": {"warehouse", "lead"},
    "ship": {"warehouse", "lead"},
    "deliver": {"warehouse", "lead"},
    "parcel_paper": {"warehouse", "lead"},
    "stock": {"warehouse", "lead"},
    "new_item": {"warehouse", "lead"},
    "item": {"warehouse", "lead"},
    "letters": {"service", "lead"},
    "letter": {"service", "lead"},
    "letter_paper": {"service", "lead"},
    "edit_letter": {"service", "lead"},
    "save_letter": {"service", "lead"},
    "letter_preview": {"service", "lead"},
    "waiting_letter": {"service", "lead"},
    "mail": {"service", "lead"},
    "send_mail_again": {"service", "lead"},
    "held_mails": {"service", "lead"},
    "catalog": {"service", "lead"},
    "catalog_set": {"service", "lead"},
    "catalog_bag": {"service", "lead"},
    "catalog_piece": {"service", "lead"},
    "catalog_take_back": {"service", "lead"},
    "catalog_imports": {"lead"},
    "catalog_import": {"lead"},
    "catalog_import_cancel": {"lead"},
    "catalog_import_repeat": {"lead"},
    "catalog_import_report": {"lead"},
    "catalog_import_report_file": {"lead"},
    "reports": {"quality", "lead"},
    "privacy": {"lead"},
    "retention": {"lead"},
    "adjust": {"warehouse", "lead"},
    "begin_count": {"warehouse", "lead"},
    "bin": {"warehouse", "lead"},
    "bin_count": {"warehouse", "lead"},
    "bins": {"warehouse", "lead"},
    "carry": {"warehouse", "lead"},
    "count": {"warehouse", "lead"},
    "end_count": {"warehouse", "lead"},
    "give_back": {"warehouse", "lead"},
    "hand_over": {"warehouse", "lead"},
    "load_file": {"warehouse", "lead"},
    "make_papers": {"warehouse", "lead"},
    "pick_list": {"warehouse", "lead"},
    "receive": {"warehouse", "lead"},
    "scan_count": {"warehouse", "lead"},
    "stock_file": {"warehouse", "lead"},
    "wave_papers_file": {"warehouse", "lead"},
    "weigh": {"warehouse", "lead"},
    "close": {"service", "lead"},
    "offer": {"service", "lead"},
    "resend": {"service", "lead"},
    "renew_link": {"service", "lead"},
    "failed_work": {"service", "lead"},
    "failed_job": {"service", "lead"},
    "replay_job": {"service", "lead"},
    "give_up_job": {"service", "lead"},
    "lost_mail": {"service", "lead"},
    "replay_mail": {"service", "lead"},
    "give_up_mail": {"service", "lead"},
    "replay_all": {"service", "lead"},
}
BY_POST = {
    "catalog_take_back",
    "catalog_import_cancel",
    "catalog_import_repeat",
    "save_letter",
    "letter_preview",
    "send_mail_again",
} | {
    "review",
    "cancel",
    "make_wave",
    "pick",
    "carried_back",
    "pack",
    "ship",
    "deliver",
    "new_item",
    "count",
    "carry",
    "adjust",
    "begin_count",
    "scan_count",
    "end_count",
    "make_papers",
    "give_back",
    "weigh",
    "resend",
    "renew_link",
    "close",
    "offer",
    "replay_job",
    "give_up_job",
    "replay_mail",
    "give_up_mail",
    "replay_all",
}


@pytest.fixture
def addresses(cantina: SmallSet) -> dict[str, str]:
    """Every page, for an order that is being picked."""
    item = stock_bag(cantina.bag14, 1)
    order = allocated_order()
    wave = create_wave(numbers=[order.number], by=None)
    shipment, pick = Shipment.objects.get(), wave.picks.get()
    level = item.levels.get()
    left_over = PutBack.objects.create(
        wave=wave, slot=1, parcel=shipment.pk, level=level, quantity=1, at=timezone.now()
    )
    counting = start_count(bin_code=level.bin.code, by=None)
    correction = Correction.objects.create(
        piece=cantina.red,
        field="weight",
        after=[2_000, "measured"],
        source=[2_320, "measured"],
        at=timezone.now(),
    )
    run = ImportRun.objects.create(
        folder="none", state="cancelled", created_at=timezone.now(), finished_at=timezone.now()
    )
    arguments: dict[str, list[object]] = {
        "order": [order.number],
        "review": [order.number],
        "identify": [order.number],
        "cancel": [order.number],
        "bag": [order.number, "14"],
        "wave": [wave.pk],
        "wave_papers": [wave.pk],
        "pick": [wave.pk, pick.pk],
        "carried_back": [wave.pk, left_over.pk],
        **{name: [shipment.pk] for name in ("parcel", "pack", "ship", "deliver")},
        "parcel_paper": [shipment.pk, "slip"],
        "item": [item.pk],
        **{name: [item.pk] for name in ("count", "carry", "adjust")},
        "bin": [level.bin_id],
        **{name: [counting.pk] for name in ("bin_count", "scan_count", "end_count")},
        **{name: [wave.pk] for name in ("pick_list", "make_papers")},
        "wave_papers_file": [wave.pk, 1],
        "give_back": [shipment.pk],
        "weigh": [shipment.pk, cantina.red.pk],
        **{name: [order.number] for name in ("resend", "renew_link", "close", "offer")},
        "letter": [order.number, 1],
        "letter_paper": [order.number, 1],
        "set_bag": [cantina.set.set_num],
        "catalog_set": [cantina.set.set_num],
        "catalog_bag": [cantina.set.set_num, "14"],
        "catalog_piece": ["3001", 4],
        "catalog_take_back": [correction.pk],
        **{
            name: [run.pk] for name in PAGES if name.startswith("catalog_import_") or name == "catalog_import"
        },
        **{
            name: [order.number]
            for name in ("edit_letter", "save_letter", "letter_preview", "waiting_letter")
        },
        **{name: [order.number, 1] for name in ("mail", "send_mail_again")},
        **{name: [1] for name in ("failed_job", "replay_job", "give_up_job")},
        **{name: [1] for name in ("lost_mail", "replay_mail", "give_up_mail")},
    }
    return {name: reverse(f"dashboard:{name}", args=arguments.get(name, [])) for name in PAGES}


def _status(client: Client, name: str, address: str) -> int:
    return (client.post(address) if name in BY_POST else client.get(address)).status_code


def test_the_table_below_names_every_page() -> None:
    assert {pattern.name for pattern in urlpatterns} == PAGES.keys()


def test_every_page_has_the_decorator() -> None:
    assert all(pattern.callback.staff_roles for pattern in urlpatterns)  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", ["service", "warehouse", "quality", "lead"])
@pytest.mark.parametrize("name", PAGES)
def test_each_role_sees_its_pages_and_no_others(addresses: dict[str, str], name: str, role: str) -> None:
    client = Client()
    client.force_login(User.objects.create(username="visitor", role=role))
    status = _status(client, name, addresses[name])
    assert (status == 403) == (role not in PAGES[name])
    assert status < 500


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_sent_to_sign_in(addresses: dict[str, str], name: str) -> None:
    client = Client()
    response = client.post(addresses[name]) if name in BY_POST else client.get(addresses[name])
    assert response.status_code == 302
    back = reverse("dashboard:home") if name in BY_POST else addresses[name]
    assert response["Location"] == f"/sign-in/?next={back}"


@pytest.mark.parametrize("name", sorted(BY_POST))
def test_following_a_link_changes_nothing(addresses: dict[str, str], name: str, leo: Client) -> None:
    assert leo.get(addresses[name]).status_code == 405


def test_a_signed_in_person_without_a_role_sees_nothing(addresses: dict[str, str]) -> None:
    client = Client()
    client.force_login(User.objects.create(username="without-role"))
    assert {_status(client, name, address) for name, address in addresses.items()} == {403}


def test_a_person_who_left_is_a_stranger(paula: Client) -> None:
    User.objects.update(is_active=False)
    assert paula.get("/dashboard/").status_code == 302


def test_where_a_second_factor_is_required_a_password_alone_opens_nothing(
    addresses: dict[str, str], settings: Settings, leo: Client
) -> None:
    settings.STAFF_MFA = True
    TOTPDevice.objects.create(user=staff_user(), confirmed=True)
    assert {_status(leo, name, address) for name, address in addresses.items()} == {302}


def test_a_refreshing_part_sends_the_whole_page_to_sign_in() -> None:
    response = Client().get("/dashboard/", headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response["HX-Redirect"] == "/sign-in/?next=/dashboard/"


def test_the_navigation_shows_each_role_its_pages(sandra: Client, quinn: Client) -> None:
    small_set()
    page = quinn.get("/dashboard/").content.decode()
    assert ">Reports</a>" in page
    assert ">Stock</a>" not in page
    assert ">Letters</a>" in sandra.get("/dashboard/").content.decode()


def test_staff_pages_are_in_english_whatever_the_browser_asks_for(paula: Client) -> None:
    response = paula.get("/dashboard/", headers={"Accept-Language": "fa"})
    assert '<html lang="en" dir="ltr">' in response.content.decode()


def test_no_cache_keeps_a_staff_page(paula: Client) -> None:
    assert "no-store" in paula.get("/dashboard/")["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/orders/B14-0000-0000/",
        "/dashboard/orders/%00/",
        "/dashboard/waves/999999999999999999999999/",
        "/dashboard/parcels/999999999999999999999999/",
        "/dashboard/parcels/1/",
        "/dashboard/parcels/1/slip.pdf",
        "/dashboard/stock/99999999999999999999999/",
        "/dashboard/letters/B14-0000-0000/1/",
        "/dashboard/waves/7/papers/",
        "/dashboard/waves/7/papers/1.pdf",
        "/dashboard/waves/7/list/",
        "/dashboard/stock/counts/7/",
        "/dashboard/stock/bins/7/",
    ],
)
def test_a_page_that_does_not_exist_is_not_found(leo: Client, path: str) -> None:
    assert leo.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/orders/?number=%00&view=%00&page=%00",
        "/dashboard/orders/?page=999999999999999999999999",
        "/dashboard/orders/?page=-1&view=all",
        "/dashboard/orders/?page=٣",
        "/dashboard/parcels/?scan=%00%ff",
        "/dashboard/parcels/?view=none&page=x",
        "/dashboard/stock/?q=%00",
        "/dashboard/stock/?q=%25_'%22%3B",
        "/dashboard/reports/?set=%00",
        "/dashboard/reports/?set=nothing&page=0",
        "/dashboard/waves/?page=1e3",
    ],
)
def test_every_query_in_an_address_is_answered(leo: Client, path: str) -> None:
    assert leo.get(path).status_code == 200


def test_looking_at_pages_places_no_order(addresses: dict[str, str]) -> None:
    assert Order.objects.count() == 1

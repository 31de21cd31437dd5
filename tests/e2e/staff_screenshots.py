"""Pictures of the staff's pages: a sheet for each with a desk and a phone, light and dark, in VAR/screenshots.

python -m tests.e2e.staff_screenshots [page ...]
"""

import os
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import CHROMIUM_OPTIONS, find_chromium
from tests.e2e.contact_sheet import compose_sheet
from tests.e2e.screenshots import ROOT, SCHEMES, running_product

WIDTHS = (360, 1280)
TALLEST = 1700
PASSWORD = "pictures of pages"


def _scan(code: str, quantity: str = "") -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.fill("[name=scan]", code)
        if quantity:
            page.fill("[name=quantity]", quantity)
        page.press("[name=scan]", "Enter")

    return act


def _scan_what_is_asked_for(page: Page) -> None:
    page.fill("[name=scan]", page.locator(".stop-item .code").inner_text().rpartition("·")[2].strip())
    page.press("[name=scan]", "Enter")


def _weigh(grams: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.fill("[name=weight]", grams)
        page.press("[name=weight]", "Enter")

    return act


#: What is done on a page before its picture is taken.
ACTS: dict[str, Callable[[Page], None]] = {
    "staff-walk-wrong": _scan("9999999"),
    "staff-walk-too-many": _scan("", "12"),
    "staff-walk-right": _scan_what_is_asked_for,
    "staff-weigh-light": _weigh("20"),
    "staff-back": lambda page: page.locator("details summary").last.click(),
    "staff-count": _scan("300121"),
}


def furnish() -> dict[str, str]:
    """Orders at every step, and where the pages about them are."""
    from datetime import timedelta

    from django.utils import timezone

    from accounts.models import Role, User
    from orders.floor.counting import start_count
    from orders.floor.picking import confirm_pick, create_wave
    from orders.intake.order_request import LineRequest
    from orders.models import Order, Shipment
    from orders.parcels.printing import print_wave
    from orders.parcels.shipping import pack_shipment, ship_shipment
    from orders.parcels.weighing import expected_weight
    from tests.cast import allocated_order
    from warehouse.models import StockLevel

    leo = User.objects.create_user("leo", password=PASSWORD, role=Role.LEAD)
    plate, brick = (
        LineRequest(part_num="3024", color_id=19),
        LineRequest(part_num="3001", color_id=4, quantity=2),
    )
    grey, dark = (LineRequest(part_num="3001", color_id=color, quantity=3) for color in (71, 72))
    ready = [allocated_order(line) for line in (LineRequest(bag="14"), plate, brick) * 2]
    waiting = allocated_order(LineRequest(bag="12"))
    review = allocated_order(LineRequest(bag="13"), brick)
    Order.objects.filter(pk=review.pk).update(
        state="in_review", review_reasons=["many_bags", "follows_another"]
    )
    for days, order in enumerate((*ready, waiting)):
        Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - timedelta(days=days, hours=3))
    gone = create_wave(numbers=[order.number for order in ready[:2]], by=leo)
    for pick in gone.picks.all():
        confirm_pick(wave_id=gone.pk, pick_id=pick.pk, quantity=pick.quantity, by=leo)
    first, second = Shipment.objects.filter(wave=gone).order_by("slot")
    for parcel in (first, second):
        pack_shipment(shipment_id=parcel.pk, weight_mg=expected_weight(parcel).weight_mg, by=leo)
    ship_shipment(shipment_id=first.pk, carrier="Post", tracking_number="RR123456785XX", by=leo)
    wave = create_wave(numbers=[order.number for order in ready[2:5]], by=leo)
    print_wave(wave_id=wave.pk, by=leo)
    walk = create_wave(numbers=[allocated_order(plate, grey, dark, brick).number for _ in range(3)], by=leo)
    heavy = create_wave(numbers=[allocated_order(plate, LineRequest(bag="14")).number], by=leo)
    for pick in heavy.picks.all():
        confirm_pick(wave_id=heavy.pk, pick_id=pick.pk, quantity=pick.quantity, by=leo)
    level = StockLevel.objects.filter(on_hand__gt=0).select_related("bin").earliest("pk")
    count = start_count(bin_code=level.bin.code, by=leo)
    to_weigh = Shipment.objects.get(wave=heavy)
    picking = Shipment.objects.filter(wave=wave).earliest("pk")
    return {
        "staff-home": "/dashboard/",
        "staff-orders": "/dashboard/orders/?view=ready",
        "staff-review": f"/dashboard/orders/{review.number}/",
        "staff-waiting": f"/dashboard/orders/{waiting.number}/",
        "staff-order": f"/dashboard/orders/{ready[0].number}/",
        "staff-waves": "/dashboard/waves/",
        "staff-walk": f"/dashboard/waves/{wave.pk}/",
        "staff-walk-wrong": f"/dashboard/waves/{walk.pk}/",
        "staff-walk-too-many": f"/dashboard/waves/{walk.pk}/",
        "staff-walk-right": f"/dashboard/waves/{walk.pk}/",
        "staff-pick-list": f"/dashboard/waves/{wave.pk}/list/",
        "staff-papers": f"/dashboard/waves/{wave.pk}/papers/",
        "staff-parcels": "/dashboard/parcels/?view=packed",
        "staff-pack": f"/dashboard/parcels/{picking.pk}/",
        "staff-weigh": f"/dashboard/parcels/{to_weigh.pk}/",
        "staff-weigh-light": f"/dashboard/parcels/{to_weigh.pk}/",
        "staff-packed": f"/dashboard/parcels/{second.pk}/",
        "staff-shipped": f"/dashboard/parcels/{first.pk}/",
        "staff-back": f"/dashboard/parcels/{first.pk}/",
        "staff-hand-over": "/dashboard/parcels/hand-over/",
        "staff-stock": "/dashboard/stock/?q=plate",
        "staff-item": f"/dashboard/stock/{level.item_id}/",
        "staff-bins": "/dashboard/stock/bins/",
        "staff-bin": f"/dashboard/stock/bins/{level.bin_id}/",
        "staff-receive": "/dashboard/stock/receive/",
        "staff-count": f"/dashboard/stock/counts/{count.pk}/",
        "staff-files": "/dashboard/stock/file/",
        "staff-letters": "/dashboard/letters/",
        "staff-letter": f"/dashboard/letters/{ready[0].number}/1/",
        "staff-letter-edit": f"/dashboard/letters/{ready[0].number}/edit/",
        "staff-reports": "/dashboard/reports/",
        "staff-account": "/account/",
        "staff-phone": "/sign-in/second-factor/",
        "staff-door": "/sign-in/?next=/dashboard/",
    }


def sign_in(browser: Browser, url: str) -> Any:
    """What a signed-in browser keeps."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/sign-in/")
    page.fill("#id_username", "leo")
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_url("**/dashboard/")
    kept = context.storage_state()
    context.close()
    return kept


def take_sheet(browser: Browser, address: str, name: str, kept: Any, folder: Path) -> Path:
    """One page in its four variants, composed by the browser itself."""
    shots = []
    for width, scheme in product(WIDTHS, SCHEMES):
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=scheme,  # type: ignore[arg-type]
            storage_state=None if name == "staff-door" else kept,
        )
        page = context.new_page()
        page.goto(address)
        if name in ACTS:
            ACTS[name](page)
            page.wait_for_load_state("networkidle")
        path = folder / f"{name}-{width}-{scheme}.png"
        page.screenshot(path=path, full_page=True)
        shots.append((path, width))
        context.close()
    compose_sheet(
        browser,
        shots,
        sheet_width=sum(WIDTHS) + 4 * 12,
        tallest=TALLEST,
        to=folder / f"{name}.png",
    )
    return folder / f"{name}.png"


def main() -> None:
    chromium = find_chromium()
    if chromium is None:
        sys.exit("Pictures need Chromium on PATH (apt-get install chromium).")
    folder = Path(os.environ.get("VAR") or ROOT / "var").absolute() / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's loop runs in this thread
    with running_product() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
        pages = furnish()
        kept = sign_in(browser, url)
        for name in sys.argv[1:] or pages:
            print(take_sheet(browser, url + pages[name], name, kept, folder), flush=True)
        browser.close()


if __name__ == "__main__":
    main()

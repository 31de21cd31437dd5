"""Who may do what: every operation of the OpenAPI document, every kind of caller, their own order and another's."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from accounts.models import ApiKey, Role, issue_api_key
from catalog.models import Correction, ImportRun
from notifications.models import Message
from orders.allocation.fulfilment import allocate_order
from orders.floor.counting import start_count
from orders.floor.picking import create_wave
from orders.letters.editing import OpenLetter
from orders.letters.writing import latest_version
from orders.links import order_token
from orders.models import Letter, LetterVersion, Order, PrintRun, Substitution
from tests.api.callers import Caller
from tests.cast import SmallSet, order_for, staff_user, stock_bag

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# stranger  shows nothing                      customer  shows the order's token
# forger    shows an invalid token             shop      the key that placed the order
# neighbour shows the token of another order   rival     a key that placed another one
CALLERS = (
    "stranger", "forger", "neighbour", "customer", "shop", "rival",
    "service", "warehouse", "quality", "lead", "signed_in_lead", "signed_in_without_role",
)  # fmt: skip

# Whose order it is; "none": it does not exist.
MINE, ANOTHERS, MISSING = "shop's", "rival's", "none"

OPEN, SHUT, WHO, GONE = 200, 403, 401, 404

# What a reader of orders may do: (with the shop's order, the rival's, a missing one). Other orders do not exist for it.
READERS = {
    "stranger": (GONE, GONE, GONE),
    "forger": (GONE, GONE, GONE),
    "neighbour": (GONE, OPEN, GONE),
    "customer": (OPEN, GONE, GONE),
    "shop": (OPEN, GONE, GONE),
    "rival": (GONE, OPEN, GONE),
    "service": (OPEN, OPEN, GONE),
    "warehouse": (OPEN, OPEN, GONE),
    "quality": (GONE, GONE, GONE),
    "lead": (OPEN, OPEN, GONE),
    "signed_in_lead": (OPEN, OPEN, GONE),
    "signed_in_without_role": (GONE, GONE, GONE),
}
LETTER_READERS = READERS | {"warehouse": (SHUT, SHUT, GONE)}
ANYONE = dict.fromkeys(CALLERS, (OPEN, OPEN, OPEN))
LISTERS = dict.fromkeys(CALLERS, (OPEN, OPEN, OPEN)) | dict.fromkeys(
    ("stranger", "forger", "neighbour", "customer"), (WHO, WHO, WHO)
) | {"signed_in_without_role": (SHUT, SHUT, SHUT)}  # fmt: skip


def role(*names: str) -> dict[str, tuple[int, int, int]]:
    """These roles and the lead may, with all that exists; others may not, whether it exists or not."""
    strangers = dict.fromkeys(("stranger", "forger", "neighbour", "customer"), (WHO, WHO, WHO))
    allowed = dict.fromkeys((*names, "lead", "signed_in_lead"), (OPEN, OPEN, GONE))
    return dict.fromkeys(CALLERS, (SHUT, SHUT, SHUT)) | strangers | allowed


# Method, path, who may, and the status for a caller who may: 400 where the test leaves the body out, 409 where the
# present state does not allow it. Nothing is done then, but the caller was let in.
Row = tuple[str, str, dict[str, tuple[int, int, int]], int]
TABLE: dict[str, Row] = {
    "listSets": ("get", "sets/", ANYONE, 200),
    "getSet": ("get", "sets/75290-1/", ANYONE, 200),
    "listPieces": ("get", "sets/75290-1/pieces/", ANYONE, 200),
    "listSetsWithElement": ("get", "pieces/300121/sets/", ANYONE, 200),
    "createOrder": ("post", "orders/", ANYONE | {"quality": (SHUT, SHUT, SHUT)}, 400),
    "mailOrderLink": ("post", "order-links/", ANYONE, 400),
    "listOrders": ("get", "orders/", LISTERS, 200),
    "getOrder": ("get", "orders/{number}/", READERS, 200),
    "renewOrderLink": ("post", "orders/{number}/link/", role("service"), 202),
    "getExpected": ("get", "orders/{number}/expected/", READERS, 200),
    "cancelOrder": ("post", "orders/{number}/cancel/", READERS, 200),
    "markLineFound": ("post", "orders/{number}/lines/{line}/found/", READERS, 200),
    "changeAddress": ("post", "orders/{number}/address/", READERS, 400),
    "addLines": ("post", "orders/{number}/lines/", READERS, 400),
    "followUp": ("post", "orders/{number}/follow-up/", READERS, 400),
    "getLetter": ("get", "orders/{number}/letter/", LETTER_READERS, 200),
    "getLetterPdf": ("get", "orders/{number}/letter.pdf", LETTER_READERS, 200),
    "reviewOrder": ("post", "orders/{number}/review/", role("service"), 400),
    "listStock": ("get", "stock/", role("warehouse"), 200),
    "listMovements": ("get", "stock/movements/", role("warehouse"), 200),
    "createMovement": ("post", "stock/movements/", role("warehouse"), 400),
    "createWave": ("post", "waves/", role("warehouse"), 400),
    "getWave": ("get", "waves/{wave}/", role("warehouse"), 200),
    "confirmPick": ("post", "waves/{wave}/picks/{pick}/", role("warehouse"), 400),
    "confirmPutBack": ("post", "waves/{wave}/put-backs/{put_back}/", role("warehouse"), 200),
    "getShipment": ("get", "shipments/{shipment}/", role("warehouse"), 200),
    "packShipment": ("post", "shipments/{shipment}/pack/", role("warehouse"), 400),
    "shipShipment": ("post", "shipments/{shipment}/ship/", role("warehouse"), 400),
    "deliverShipment": ("post", "shipments/{shipment}/deliver/", role("warehouse"), 409),
    "returnShipment": ("post", "shipments/{shipment}/return/", role("warehouse"), 409),
    "sendAgain": ("post", "orders/{number}/send-again/", role("service"), 409),
    "closeOrder": ("post", "orders/{number}/close/", role("service"), 409),
    "createCount": ("post", "stock/counts/", role("warehouse"), 400),
    "createMove": ("post", "stock/moves/", role("warehouse"), 400),
    "listImports": ("get", "imports/", role(), 200),
    "startImport": ("post", "imports/", role(), 415),
    "getImport": ("get", "imports/{import_run}/", role(), 200),
    "cancelImport": ("post", "imports/{import_run}/cancel/", role(), 409),
    "listReports": ("get", "reports/", role("quality"), 200),
    "enterBag": ("post", "sets/75290-1/bags/", role("service"), 400),
    "correctBag": ("post", "sets/75290-1/bags/14/", role("service"), 400),
    "correctSet": ("post", "sets/75290-1/corrections/", role("service"), 200),
    "correctWeight": ("post", "corrections/weights/", role("service"), 400),
    "listCorrections": ("get", "corrections/", role("service"), 200),
    "takeBackCorrection": ("post", "corrections/{correction}/take-back/", role("service"), 200),
    "repeatImport": ("post", "imports/{import_run}/repeat/", role(), 409),
    "listImportReport": ("get", "imports/{import_run}/report/", role(), 404),
    "getSubstitutes": ("get", "orders/{number}/substitutes/", READERS, 200),
    "offerSubstitute": ("post", "orders/{number}/substitutes/", role("service"), 400),
    "getSubstituteCandidates": ("get", "orders/{number}/substitutes/candidates/", role("service"), 200),
    "answerSubstitute": ("post", "orders/{number}/substitutes/{offer}/answer/", READERS, 400),
    "requestData": ("post", "orders/{number}/data-requests/", READERS, 400),
    # Only a proof from the mailbox authorises these two: see tests/api/test_my_data.py.
    "downloadData": ("get", "orders/{number}/data/", ANYONE, 400),
    "eraseData": ("post", "orders/{number}/erase/", ANYONE, 400),
    "getDescription": ("get", "orders/{number}/description/", role("service"), 200),
    "identifyOrder": ("post", "orders/{number}/identify/", role("service"), 409),
    "listLetters": ("get", "letters/", role("service"), 200),
    "listWaitingLetters": ("get", "letters/waiting/", role("service"), 200),
    "getLetterVersion": ("get", "orders/{number}/letter/1/", role("service"), 200),
    "getLetterVersionPdf": ("get", "orders/{number}/letter/1.pdf", role("service"), 200),
    "openLetter": ("get", "orders/{number}/letter/texts/", role("service"), 200),
    "changeLetter": ("post", "orders/{number}/letter/texts/", role("service"), 400),
    "previewLetter": ("post", "orders/{number}/letter/preview/", role("service"), 400),
    "releaseLetter": ("post", "orders/{number}/letter/release/", role("service"), 409),
    "getMails": ("get", "orders/{number}/mails/", role("service"), 200),
    "getMail": ("get", "orders/{number}/mails/{mail}/", role("service"), 200),
    "sendMailAgain": ("post", "orders/{number}/mails/{mail}/send-again/", role("service"), 202),
    "getWork": ("get", "work/", role("service", "warehouse", "quality"), 200),
    "findScanned": ("get", "stock/scanned/", role("warehouse"), 400),
    "enterStock": ("post", "stock/batches/", role("warehouse"), 400),
    "weighPiece": ("post", "stock/weighings/", role("warehouse"), 400),
    "listBins": ("get", "bins/", role("warehouse"), 200),
    "startBinCount": ("post", "bin-counts/", role("warehouse"), 400),
    "getBinCount": ("get", "bin-counts/{count}/", role("warehouse"), 200),
    "scanIntoCount": ("post", "bin-counts/{count}/scans/", role("warehouse"), 400),
    "finishBinCount": ("post", "bin-counts/{count}/finish/", role("warehouse"), 200),
    "listWaves": ("get", "waves/", role("warehouse"), 200),
    "printWave": ("post", "waves/{wave}/papers/", role("warehouse"), 202),
    "getWavePapers": ("get", "waves/{wave}/papers/{print_run}/", role("warehouse"), 200),
    "getWavePapersPdf": ("get", "waves/{wave}/papers/{print_run}.pdf", role("warehouse"), 409),
    "listShipments": ("get", "shipments/", role("warehouse"), 200),
    "getParcelPaper": ("get", "shipments/{shipment}/papers/label.pdf", role("warehouse"), 409),
    "listHandOver": ("get", "hand-overs/", role("warehouse"), 200),
}
# These read the body before they look up the row.
BODY_FIRST = {"confirmPick", "packShipment", "shipShipment", "scanIntoCount"}


@cache
def whole_document() -> dict[str, Any]:
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return document


def described_operations() -> dict[str, tuple[str, str]]:
    """Every operation of the OpenAPI document: its method and path."""
    return {
        operation["operationId"]: (method, path)
        for path, methods in whole_document()["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_has_its_row() -> None:
    described = described_operations()
    assert described.keys() == TABLE.keys()
    for name, (method, path) in described.items():
        filled = re.sub(r"\{\w+\}", "[^/]+", path.removeprefix("/api/v1/"))
        assert (method, bool(re.fullmatch(filled, TABLE[name][1]))) == (TABLE[name][0], True), name


class Scene:
    """An order of the shop with its letter and its shipment; an order of the rival; and all callers."""

    def __init__(self, cantina: SmallSet) -> None:
        key, self.shop = issue_api_key(name="shop")
        other_key, self.rival = issue_api_key(name="rival")
        stock_bag(cantina.bag14, 2)
        self.order = self._order(key)
        self.other = self._order(other_key)
        for order in (self.order, self.other):
            LetterVersion.objects.create(
                letter=Letter.objects.create(order=order), version=1, language="en", subject="S", body="B",
                data={}, template="t", created_at=timezone.now(),
            )  # fmt: skip
            allocate_order(order.pk)
        mine, anothers = self._names(self.order, cantina), self._names(self.other, cantina)
        missing = dict.fromkeys(mine, 10**12) | {"number": "B14-0000-0000"}
        self.names = {MINE: mine, ANOTHERS: anothers, MISSING: missing}

    def _names(self, order: Order, cantina: SmallSet) -> dict[str, Any]:
        """The names in all addresses about this order, and about other rows."""
        wave = create_wave(numbers=[order.number], by=None)
        now = timezone.now()
        mail = Message.objects.create(
            reference=f"order:{order.pk}", key=f"x:{order.pk}", kind="shipped", language="en", subject="S", body="B",
            to_email="john@example.com", message_id=f"{order.pk}@x", state="sent", created_at=now, sent_at=now,
        )  # fmt: skip
        return {
            "mail": mail.pk,
            "offer": Substitution.objects.create(
                line=order.lines.get(), wanted=cantina.red, offered=cantina.grey, quantity=1, offered_at=now
            ).pk,
            "correction": Correction.objects.create(
                set=cantina.set,
                field="year" if order == self.order else "num_parts",
                before=1,
                after=2,
                source=1,
                at=now,
            ).pk,
            "count": start_count(bin_code=f"C-{order.pk}", by=None).pk,
            "print_run": PrintRun.objects.create(wave=wave, requested_at=now, file=f"{order.pk}.pdf").pk,
            "number": order.number,
            "line": order.lines.get().pk,
            "wave": wave.pk,
            "put_back": wave.put_backs.create(
                slot=1, parcel=1, level=wave.picks.get().level, quantity=1, at=now
            ).pk,
            "pick": wave.picks.get().pk,
            "shipment": wave.shipments.get().pk,
            "import_run": ImportRun.objects.create(
                state="done", files={"sets.csv": 1}, created_at=now, finished_at=now
            ).pk,
        }

    def _order(self, key: ApiKey) -> Order:
        order = order_for()
        Order.objects.filter(pk=order.pk).update(placed_by=key)
        order.refresh_from_db()
        return order

    def caller(self, name: str) -> Caller:
        if name in Role.values:
            return Caller(issue_api_key(name=name, role=name, user=staff_user(Role(name)))[1])
        callers: dict[str, Callable[[], Caller]] = {
            "stranger": Caller,
            "forger": lambda: Caller(token="x" * 43),
            "neighbour": lambda: Caller(token=order_token(self.other)),
            "customer": lambda: Caller(token=order_token(self.order)),
            "shop": lambda: Caller(self.shop),
            "rival": lambda: Caller(self.rival),
            "signed_in_lead": lambda: signed_in(Role.LEAD),
            "signed_in_without_role": lambda: signed_in(""),
        }
        return callers[name]()


def signed_in(role: str) -> Caller:
    caller = Caller()
    user = staff_user(Role.LEAD)
    user.role = role
    user.save()
    caller.client.force_login(user)
    return caller


@pytest.fixture
def _letters_are_not_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may read a letter does not depend on its text."""
    monkeypatch.setattr(
        "orders.api.letters.letter_pdf", lambda version: b"%PDF of " + str(version.pk).encode()
    )

    def opened(order: Order) -> OpenLetter:
        version = LetterVersion.objects.get(letter__order=order)
        return OpenLetter(version=version, texts=[], note="", tone="", is_printed=False, has_left=False)

    monkeypatch.setattr("orders.api.letter_editing.open_letter", opened)


@pytest.mark.usefixtures("_letters_are_not_composed")
@pytest.mark.parametrize("operation", TABLE)
def test_who_may_call_what(cantina: SmallSet, operation: str) -> None:
    scene = Scene(cantina)
    method, path, who, granted = TABLE[operation]
    # An address without a name is the same for every owner.
    whose = (MINE, ANOTHERS, MISSING) if "{" in path else (MINE,)
    answered, expected = {}, {}
    for name in CALLERS:
        caller = scene.caller(name)
        for place, of_whom in enumerate(whose):
            with transaction.atomic():  # each finds the order as it was
                answer = getattr(caller, method)(path.format(**scene.names[of_whom]))
                transaction.set_rollback(True)
            answered[name, of_whom] = answer.status
            status = who[name][place]
            body_is_wrong = status == OPEN or (status == GONE and operation in BODY_FIRST)
            expected[name, of_whom] = granted if body_is_wrong else status
            assert (answer.type == "application/problem+json") == (answer.status >= 400)
            assert ("WWW-Authenticate" in answer.headers) == (answer.status == 401)
    assert answered == expected


def test_list_has_the_callers_own_orders(cantina: SmallSet) -> None:
    scene = Scene(cantina)
    mine, anothers = scene.order.number, scene.other.number
    seen = {
        name: {order["number"] for order in scene.caller(name).get("orders/").json["results"]}
        for name in ("shop", "rival", "quality", "service", "warehouse", "lead", "signed_in_lead")
    }
    everything = {mine, anothers}
    assert seen == {
        "shop": {mine}, "rival": {anothers}, "quality": set(),
        "service": everything, "warehouse": everything, "lead": everything, "signed_in_lead": everything,
    }  # fmt: skip


@pytest.mark.parametrize("path", ["orders/{}/", "orders/{}/letter/", "orders/{}/letter.pdf"])
def test_order_of_another_caller_looks_like_a_missing_one(cantina: SmallSet, path: str) -> None:
    scene = Scene(cantina)
    there = Caller(scene.rival).get(path.format(scene.order.number))
    nowhere = Caller(scene.rival).get(path.format("B14-0000-0000"))
    assert there.json == nowhere.json


def test_token_may_be_in_the_address(cantina: SmallSet) -> None:
    scene = Scene(cantina)
    token = order_token(scene.order)
    assert Caller().get(f"orders/{scene.order.number}/", token=token).status == 200
    assert Caller().get(f"orders/{scene.other.number}/", token=token).status == 404


def test_token_opens_nothing_once_it_is_revoked(cantina: SmallSet) -> None:
    scene = Scene(cantina)
    customer = scene.caller("customer")
    Order.objects.filter(pk=scene.order.pk).update(link_version=2)
    assert customer.get(f"orders/{scene.order.number}/").status == 404


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": timezone.now()},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"secret_hash": "0" * 64},
    ],
)
def test_invalid_key_is_refused_everywhere(cantina: SmallSet, change: dict[str, Any]) -> None:
    key = Caller(issue_api_key(name="lead", role="lead")[1])
    assert key.get("stock/").status == 200
    ApiKey.objects.update(**change)
    assert key.get("stock/").is_refused(401, "authentication_failed")
    assert key.get("sets/").is_refused(401, "authentication_failed")


@pytest.mark.parametrize(
    "header",
    ["Api-Key", "Api-Key x", "Api-Key b14_x_y", "Api-Key a b c", "Api-Key " + "x" * 5_000, "api-key é"],
)
def test_malformed_key_is_refused(cantina: SmallSet, header: str) -> None:
    answer = Caller().get("sets/", headers={"Authorization": header})
    assert answer.is_refused(401, "authentication_failed")


@pytest.mark.parametrize("header", ["Order", "Order a b", "Bearer x", "Order é", "x" * 5_000])
def test_malformed_token_opens_nothing(cantina: SmallSet, header: str) -> None:
    scene = Scene(cantina)
    answer = Caller().get(f"orders/{scene.order.number}/", headers={"Authorization": header})
    assert answer.is_refused(404, "not_found")


def test_session_without_its_second_factor_has_no_role(cantina: SmallSet, settings: Any) -> None:
    settings.STAFF_MFA = True
    assert signed_in(Role.LEAD).get("stock/").status == 403


def test_page_of_another_site_cannot_act_for_signed_in_staff(cantina: SmallSet) -> None:
    caller = signed_in(Role.LEAD)
    caller.client = Client(enforce_csrf_checks=True)
    caller.client.force_login(staff_user(Role.LEAD))
    assert caller.post("waves/", {"orders": []}).is_refused(403, "permission_denied")


def test_letter_that_is_not_written_yet_is_not_ready(cantina: SmallSet) -> None:
    order = order_for()
    customer = Caller(token=order_token(order))
    for path in ("letter/", "letter.pdf"):
        assert customer.get(f"orders/{order.number}/{path}").is_refused(404, "letter_not_ready")


def test_letter_is_the_newest_version(cantina: SmallSet) -> None:
    scene = Scene(cantina)
    version = latest_version(scene.order)
    answer = scene.caller("customer").get(f"orders/{scene.order.number}/letter/")
    assert answer.json == {"language": "en", "subject": "S", "body": "B", "version": version.version}

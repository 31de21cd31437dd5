"""The warehouse as a machine of rules: whatever is done in whatever order, its books stay true.

Each example runs in a transaction that is rolled back. The machine does what people do and what the workers do; after
each step it looks at everything the database says and compares it with what must hold.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from catalog.models import PartRelation
from core.jobs import claim_job
from core.models import Job
from core.refusals import Refusal
from orders.actors import CUSTOMER, SYSTEM, staff
from orders.allocation import fulfilment
from orders.allocation.substitutes import answer_offer, candidates_of, offer_substitute
from orders.floor.bin_moves import move_between_bins
from orders.floor.counting import count_stock
from orders.floor.line_locks import line_of
from orders.floor.picking import confirm_pick, create_wave
from orders.intake.cancelling import cancel_order, mark_line_found
from orders.intake.order_request import LineRequest
from orders.intake.reviewing import review_order
from orders.lifecycle import ORDER_TRANSITIONS, SHIPMENT_TRANSITIONS, record_event
from orders.models import (
    Backorder,
    Order,
    OrderLine,
    Pick,
    PickShare,
    PutBack,
    Shipment,
    ShipmentLine,
    Substitution,
)
from orders.parcels.returning import close_order, return_shipment, send_again
from orders.parcels.shipping import deliver_shipment, pack_shipment, ship_shipment
from orders.parcels.weighing import expected_weight
from tests.cast import order_for, piece, small_set
from tests.item_locks import ItemLockWatch
from warehouse.drift import find_drift
from warehouse.items import items_of_bags, items_of_pieces
from warehouse.models import Reservation, StockItem, StockLevel, StockMovement
from warehouse.stocking import move_stock

BINS = ("A-01", "A-02", "B-01")
STAFF = staff(None)
HANDLERS = {"fulfil_order": fulfilment.fulfil_order, "serve_waiting": fulfilment.serve_waiting}
# Each event that stands for a state of the order, or of a parcel.
ORDER_STATES = {"approved": "received", "sent_again": "backordered"} | {
    state: state for state in ORDER_TRANSITIONS
}
index = st.integers(min_value=0, max_value=30)
few = st.integers(min_value=0, max_value=4)
wishes = st.lists(st.sampled_from(["bag", "red", "grey"]), min_size=1, max_size=2)
one_or_two = st.integers(min_value=1, max_value=2)


class Shop(RuleBasedStateMachine):
    """John's set with a few orders at a time, on three bins, with a substitute for the grey plate."""

    def __init__(self) -> None:
        super().__init__()
        self._transaction = transaction.atomic()
        self._transaction.__enter__()
        ItemLockWatch.outermost += 1
        self.promised: Counter[tuple[int, int]] = Counter()  # (line, item) -> how many, before the step

    def teardown(self) -> None:
        transaction.set_rollback(True)
        ItemLockWatch.outermost -= 1
        self._transaction.__exit__(None, None, None)

    @initialize(
        asked=st.lists(st.tuples(wishes, one_or_two), min_size=1, max_size=4),
        arrived=st.lists(few, min_size=4, max_size=4),
        served=st.booleans(),
        worked=st.booleans(),
        sent=st.booleans(),
    )
    def open(
        self, asked: list[tuple[list[str], int]], arrived: list[int], served: bool, worked: bool, sent: bool
    ) -> None:
        """A day begins with work on the table: Hypothesis leaves out some rules in each example, placing among them."""
        self.cast = small_set()
        variant = piece("3024b", 71, "Plate 1 x 1 with rim", "Light Bluish Gray", "A0A5A9", 230)
        PartRelation.objects.create(kind="M", child=variant.part, parent=self.cast.grey.part)
        pieces = items_of_pieces([self.cast.red.pk, self.cast.grey.pk, variant.pk])
        self.items = [*pieces.values(), *items_of_bags([self.cast.bag14.pk]).values()]
        self.skus = list(
            StockItem.objects.filter(pk__in=self.items).order_by("pk").values_list("sku", flat=True)
        )
        if served:
            self._arrive(arrived)
        for wanted, quantity in asked:
            self._place(wanted, quantity, to_review=False)
        if worked:
            self.work_off()
        if sent:
            self._send_off()
        if not served:
            self._arrive(arrived)

    @staticmethod
    def _send_off() -> None:
        """Whatever could be served is on its way already: what comes back later has a long way behind it."""
        ready = Order.objects.filter(lines__reserved__gt=0, state__in=["allocated", "backordered"])
        numbers = list(ready.distinct().order_by("pk").values_list("number", flat=True))
        if not numbers:
            return
        wave = create_wave(numbers=numbers, by=None)
        for pick in wave.picks.order_by("pk"):
            confirm_pick(wave_id=wave.pk, pick_id=pick.pk, quantity=pick.quantity, by=None)
        for parcel in wave.shipments.order_by("pk"):
            pack_shipment(shipment_id=parcel.pk, weight_mg=expected_weight(parcel).weight_mg, by=None)
            ship_shipment(shipment_id=parcel.pk, carrier="Post", by=None)

    def _arrive(self, quantities: list[int]) -> None:
        """So many of each item, in different bins."""
        for which, quantity in enumerate(quantities):
            if quantity:
                self._receive(which, which, quantity)

    # What people do.

    @rule(wanted=wishes, quantity=one_or_two, to_review=st.booleans())
    def place(self, wanted: list[str], quantity: int, to_review: bool) -> None:
        self._place(wanted, quantity, to_review=to_review)

    def _place(self, wanted: list[str], quantity: int, *, to_review: bool) -> None:
        lines = {
            "bag": LineRequest(bag="14"),
            "red": LineRequest(part_num="3001", color_id=4, quantity=quantity),
            "grey": LineRequest(part_num="3024", color_id=71, quantity=1),
        }
        order = order_for(*(lines[name] for name in dict.fromkeys(wanted)))
        if to_review:
            Job.objects.filter(subject=str(order.pk), kind="fulfil_order").delete()
            Order.objects.filter(pk=order.pk).update(state="in_review")
            record_event(order, "in_review", SYSTEM)

    @rule(which=index, decision=st.sampled_from(["approve", "decline", "trim"]))
    def review(self, which: int, decision: str) -> None:
        order = self._one(Order.objects.filter(state="in_review"), which)
        if order is not None:
            line = order.lines.order_by("pk")[0]
            self._try(
                review_order,
                order_id=order.pk,
                decision=decision,
                quantities={line.pk: line.quantity - 1},
                actor=STAFF,
            )

    @rule(which=index)
    def cancel(self, which: int) -> None:
        order = self._one(Order.objects.all(), which)
        if order is not None:
            self._try(cancel_order, order_id=order.pk, actor=CUSTOMER)

    @rule(which=index)
    def found(self, which: int) -> None:
        line = self._one(OrderLine.objects.filter(found_at=None), which)
        if line is not None:
            self._try(mark_line_found, order_id=line.order_id, line_id=line.pk, actor=CUSTOMER)

    @rule(item=index, bin_=index, quantity=st.integers(min_value=1, max_value=4))
    def receive(self, item: int, bin_: int, quantity: int) -> None:
        self._receive(item, bin_, quantity)

    def _receive(self, item: int, bin_: int, quantity: int) -> None:
        move_stock(
            sku=self.skus[item % len(self.skus)],
            bin_code=BINS[bin_ % len(BINS)],
            delta=quantity,
            reason="received",
        )

    @rule(item=index, bin_=index, counted=few)
    def count(self, item: int, bin_: int, counted: int) -> None:
        count_stock(
            sku=self.skus[item % len(self.skus)],
            bin_code=BINS[bin_ % len(BINS)],
            counted=counted,
            by=None,
        )

    @rule(which=index, to=index, quantity=st.integers(min_value=1, max_value=3))
    def move(self, which: int, to: int, quantity: int) -> None:
        level = self._one(StockLevel.objects.filter(on_hand__gt=0).select_related("item", "bin"), which)
        if level is not None:
            self._try(
                move_between_bins,
                sku=level.item.sku,
                from_bin=level.bin.code,
                to_bin=BINS[to % len(BINS)],
                quantity=quantity,
                by=None,
            )

    @rule(most=st.integers(min_value=1, max_value=3))
    def wave(self, most: int) -> None:
        ready = Order.objects.filter(lines__reserved__gt=0, state__in=["allocated", "backordered"]).exclude(
            shipments__status__in=["picking"]
        )
        numbers = list(ready.distinct().order_by("pk").values_list("number", flat=True)[:most])
        if numbers:
            self._try(create_wave, numbers=numbers, by=None)

    @rule(which=index, twice=st.booleans())
    def pick(self, which: int, twice: bool) -> None:
        self._pick(which, short=0, reason="", times=1 + twice)

    @rule(
        which=index,
        short=st.integers(min_value=1, max_value=4),
        reason=st.sampled_from(["not_found", "damaged", "other_bin"]),
        other=st.sampled_from(["", *BINS]),
    )
    def short_pick(self, which: int, short: int, reason: str, other: str) -> None:
        self._pick(which, short=short, reason=reason, other_bin=other if reason == "other_bin" else "")

    @rule(which=index)
    def offer(self, which: int) -> None:
        waiting = self._one(Order.objects.filter(lines__backordered__gt=0).distinct(), which)
        candidates = candidates_of(waiting) if waiting is not None else []
        if candidates:
            first = candidates[0]
            self._try(
                offer_substitute,
                line_id=first.line.pk,
                wanted_id=first.wanted.pk,
                offered_id=first.offered.pk,
                actor=STAFF,
            )

    @rule(which=index, answer=st.sampled_from(Substitution.Answer.values))
    def answer(self, which: int, answer: str) -> None:
        offer = self._one(Substitution.objects.all(), which)
        if offer is not None:
            self._try(answer_offer, offer_id=offer.pk, answer=answer, actor=CUSTOMER)

    @rule(which=index)
    def pack(self, which: int) -> None:
        parcel = self._one(Shipment.objects.filter(status="picking"), which)
        if parcel is not None:
            weight = expected_weight(parcel).weight_mg
            self._try(pack_shipment, shipment_id=parcel.pk, weight_mg=weight, by=None)

    @rule(which=index)
    def ship(self, which: int) -> None:
        parcel = self._one(Shipment.objects.filter(status="packed"), which)
        if parcel is not None:
            ship_shipment(shipment_id=parcel.pk, carrier="Post", by=None)

    @rule(which=index)
    def deliver(self, which: int) -> None:
        parcel = self._one(Shipment.objects.filter(status__in=["shipped", "delivered"]), which)
        if parcel is not None:
            self._try(deliver_shipment, shipment_id=parcel.pk, by=None)

    @rule(which=index, broken=st.booleans())
    def return_(self, which: int, broken: bool) -> None:
        parcel = self._one(Shipment.objects.filter(status__in=["shipped", "delivered"]), which)
        if parcel is not None:
            share = parcel.shares.filter(picked_quantity__gt=0).select_related("pick__level__item").first()
            damaged = {share.pick.level.item.sku: 1} if broken and share else {}
            return_shipment(shipment_id=parcel.pk, damaged=damaged, by=None)

    @rule(which=index, again=st.booleans())
    def decide(self, which: int, again: bool) -> None:
        order = self._one(Order.objects.filter(shipments__status="returned").distinct(), which)
        if order is not None:
            self._try(send_again if again else close_order, order_id=order.pk, actor=STAFF)

    @precondition(lambda self: Job.objects.filter(kind__in=HANDLERS, state="pending").exists())
    @rule(which=index)
    def work(self, which: int) -> None:
        """A worker takes some job: no order among jobs is guaranteed."""
        job = self._one(Job.objects.filter(kind__in=HANDLERS, state="pending"), which)
        claim = claim_job(job.pk) if job is not None else None
        if claim is not None:
            HANDLERS[claim.kind](claim)

    @rule()
    def work_off(self) -> None:
        """All jobs, and then nothing is left that could be served."""
        for _ in range(200):
            job = Job.objects.filter(kind__in=HANDLERS, state="pending").order_by("pk").first()
            if job is None:
                break
            claim = claim_job(job.pk)
            assert claim is not None, "a job that is due can be claimed"
            HANDLERS[claim.kind](claim)
            self.no_line_is_overtaken()  # after each: the first in an empty queue has overtaken no line
        else:
            raise AssertionError("the jobs wake one another without end")
        self._nothing_lies_idle()

    # What must hold.

    @invariant()
    def the_ledger_is_the_quantities(self) -> None:
        assert find_drift() == []
        for level in StockLevel.objects.all():
            assert 0 <= level.reserved <= level.on_hand

    @invariant()
    def every_piece_is_accounted_for(self) -> None:
        """What went off the shelves lies in parcels: no more, no less."""
        moved: Counter[int] = Counter()
        for item, delta, reason in StockMovement.objects.values_list("item_id", "delta", "reason"):
            if reason in ("picked", "put_back", "returned"):
                moved[item] -= delta
            elif reason == "moved":
                moved[-item] += delta
        inside: Counter[int] = Counter()
        shares = PickShare.objects.exclude(shipment__status="returned")
        for item, quantity in shares.values_list("pick__level__item_id", "picked_quantity"):
            inside[item] += quantity
        assert {item: n for item, n in moved.items() if item > 0 and n} == dict(+inside)
        assert not any(n for item, n in moved.items() if item < 0), "a move takes nothing away"

    @invariant()
    def what_is_put_back_on_the_books_is_carried_back(self) -> None:
        put_back = StockMovement.objects.filter(reason="put_back").order_by("pk")
        told = PutBack.objects.order_by("pk").values_list("level__item", "level__bin", "quantity")
        assert list(put_back.values_list("item", "bin", "delta")) == list(told)

    @invariant()
    def lines_share_out_what_was_asked_for(self) -> None:
        reserved = self._promises_by_line()
        for share in PickShare.objects.filter(shipment__status__in=["picking", "packed"]).select_related(
            "pick__level"
        ):
            reserved[share.line_id][share.pick.level.item_id] += share.picked_quantity
        shipped: Counter[int] = Counter()
        left = ShipmentLine.objects.filter(
            shipment__status__in=["shipped", "delivered", "returned"], shipment__resent_at=None
        )
        for line_id, quantity in left.values_list("line_id", "quantity"):
            shipped[line_id] += quantity
        for line in OrderLine.objects.select_related("order"):
            kinds = +reserved[line.pk]
            if line.bag_label:
                assert line.reserved == (1 if kinds else 0), "a bag is promised whole or not at all"
                assert not kinds or self._is_a_bag(kinds), f"half a bag: {kinds}"
            else:
                assert line.reserved == kinds.total()
            assert line.shipped == shipped[line.pk]
            total = line.reserved + line.backordered + line.shipped + line.waived
            assert total == line.quantity or self._is_untouched(line, total), (
                "something fell between two states"
            )
            assert bool(line.backordered) == line.backorders.exists(), "who waits is written down"

    @invariant()
    def an_order_says_whether_it_waits(self) -> None:
        for order in Order.objects.filter(state__in=["allocated", "backordered"]).prefetch_related("lines"):
            waits = any(line.backordered for line in order.lines.all())
            assert waits == (order.state == "backordered") or self._is_untouched(order.lines.all()[0], 0)
            assert any(line.found_at is None and line.waived < line.quantity for line in order.lines.all())

    @invariant()
    def parcels_are_what_their_picks_say(self) -> None:
        for pick in Pick.objects.filter(picked_at=None).prefetch_related("shares"):
            assert pick.quantity == sum(share.quantity for share in pick.shares.all()) > 0
        for inside in ShipmentLine.objects.select_related("line", "shipment").prefetch_related(
            "shipment__shares"
        ):
            shares = [share for share in inside.shipment.shares.all() if share.line_id == inside.line_id]
            if inside.line.bag_label:
                assert inside.quantity == 1
                assert shares
            else:
                assert inside.quantity == sum(share.quantity for share in shares)
        for parcel in Shipment.objects.exclude(status="picking").prefetch_related("shares__pick"):
            for share in parcel.shares.all():
                assert share.pick.picked_at is not None
                assert share.picked_quantity == share.quantity, "a closed parcel has all that it says"

    @invariant()
    def no_line_is_overtaken(self) -> None:
        """No line got an item in this step for which an older line goes on waiting."""
        now: Counter[tuple[int, int]] = Counter()
        for line_id, kinds in self._promises_by_line().items():
            for item_id, quantity in kinds.items():
                now[line_id, item_id] = quantity
        # The last one written for an item is the oldest line that waits for it.
        oldest = dict(Backorder.objects.order_by("-line_id").values_list("item_id", "line_id"))
        for (line_id, item_id), quantity in now.items():
            if quantity > self.promised[line_id, item_id]:
                assert line_id <= oldest.get(item_id, line_id), (
                    f"line {line_id} overtook line {oldest[item_id]}"
                )
        self.promised = now

    @invariant()
    def every_event_is_in_order(self) -> None:
        for order in Order.objects.prefetch_related("events"):
            state, parcels, last = "received", {}, None
            for event in order.events.all():
                assert last is None or last <= event.at
                last = event.at
                if event.type in ORDER_STATES and not self._repeats(event, state):
                    target = ORDER_STATES[event.type]
                    assert target in ORDER_TRANSITIONS[state] or state == target == "received"
                    state = target
                parcel = event.data.get("shipment")
                if event.type == "picking":
                    parcels[parcel] = "picking"
                elif event.type == "picking_stopped":
                    assert parcels.pop(parcel) == "picking"
                elif event.type in SHIPMENT_TRANSITIONS:
                    assert event.type in SHIPMENT_TRANSITIONS[parcels[parcel]]
                    parcels[parcel] = event.type
            assert state == order.state
            assert parcels == dict(order.shipments.values_list("pk", "status"))

    # How it is looked at.

    @staticmethod
    def _repeats(event: Any, state: str) -> bool:
        """Events that say more about a state that was reached already."""
        return event.type in ("sent_again", "closed") and state == ORDER_STATES[event.type]

    def _is_a_bag(self, kinds: Counter[int]) -> bool:
        """Whether these items are the packed bag, or all its pieces, as they are or as was agreed."""
        packed, (red, grey, variant) = self.items[3], self.items[:3]
        return kinds in (
            Counter({packed: 1}),
            Counter({red: 2, grey: 1}),
            Counter({red: 2, variant: 1}),
            Counter({red: 2}),
        )

    @staticmethod
    def _is_untouched(line: OrderLine, total: int) -> bool:
        """Whether a line that asks for more than it has is one that no job has seen, or that has ended."""
        if line.found_at or line.order.state in ("received", "in_review", "cancelled", "declined"):
            return True
        return (
            total < line.quantity
            and Job.objects.filter(kind="fulfil_order", subject=str(line.order_id), state="pending").exists()
        )

    @staticmethod
    def _promises_by_line() -> dict[int, Counter[int]]:
        promises: dict[int, Counter[int]] = defaultdict(Counter)
        for reference, item_id, quantity in Reservation.objects.values_list(
            "reference", "level__item_id", "quantity"
        ):
            promises[line_of(reference)][item_id] += quantity
        return promises

    @staticmethod
    def _nothing_lies_idle() -> None:
        """With no job left, the first line of a queue cannot be served by what is free."""
        free: Counter[int] = Counter()
        for level in StockLevel.objects.all():
            free[level.item_id] += level.available
        first: dict[int, Backorder] = {}
        for wait in Backorder.objects.order_by("-line_id").select_related("line"):
            first[wait.item_id] = wait
        for item_id, wait in first.items():
            needed = wait.quantity if wait.line.bag_label else 1
            assert free[item_id] < needed, f"line {wait.line_id} waits for what is there"

    @staticmethod
    def _one(rows: Any, which: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[which % len(found)] if found else None

    @staticmethod
    def _try(call: Callable[..., Any], **arguments: Any) -> None:
        """What a use case refuses has not happened: it rolls back on its own."""
        try:
            call(**arguments)
        except Refusal as refusal:
            if refusal.code == "busy":
                raise

    def _pick(self, which: int, *, short: int, reason: str, other_bin: str = "", times: int = 1) -> None:
        pick = self._one(Pick.objects.filter(picked_at=None), which)
        if pick is None:
            return
        quantity = max(0, pick.quantity - short)
        for _ in range(times):
            self._try(
                confirm_pick,
                wave_id=pick.wave_id,
                pick_id=pick.pk,
                quantity=quantity,
                short_reason=reason if quantity < pick.quantity else "",
                other_bin=other_bin,
                by=None,
            )

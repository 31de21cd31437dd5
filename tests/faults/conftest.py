"""What every story of a failure ends with: each order fulfilled once, its letter written once and mailed once."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.stack import Stack

INJECT = Path(__file__).parent / "inject"
QUICK = {"JOB_LEASE_SECONDS": "4", "SWEEP_SECONDS": "0.5"}


@contextmanager
def restarting(stack: Stack, name: str = "worker") -> Iterator[None]:
    """Within, a worker that dies is started again, as the supervisor of `make run` does."""
    over = threading.Event()
    failures: list[BaseException] = []

    def watch() -> None:
        while not over.wait(0.1):
            if name not in stack.alive():
                try:
                    stack.start_worker(name)
                except BaseException as error:
                    failures.append(error)
                    return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert not failures, failures


def all_is_quiet() -> bool:
    """No job is pending that is due, and none is leased."""
    from core.models import Job

    return not Job.objects.filter(state="pending").exists()


def assert_each_was_done_once(stack: Stack, numbers: list[str], *, mails_at_most: int = 1) -> None:
    """Fulfilled once, written once, mailed once; `mails_at_most` 2 for the one gap, with one Message-ID."""
    from django.db.models import F, Sum

    from notifications.models import Message
    from orders.mails import order_reference
    from orders.models import LetterVersion, Order
    from warehouse.models import Reservation, StockLevel

    for order in Order.objects.filter(number__in=numbers):
        events = Counter(order.events.values_list("type", flat=True))
        assert (order.number, order.state) == (order.number, "allocated")
        assert events["allocated"] == 1, events
        assert LetterVersion.objects.filter(letter__order=order).count() == 1
        assert events["letter_written"] == 1, events
        mails = list(Message.objects.filter(reference=order_reference(order)))
        assert Counter(mail.kind for mail in mails)["letter"] == 1
        for mail in mails:
            times = [sent["Message-ID"] for sent in stack.mail.messages].count(mail.message_id)
            assert 1 <= times <= mails_at_most, f"{mail.kind} of {order.number} was mailed {times} times"
    promised = Reservation.objects.aggregate(sum=Sum("quantity"))["sum"]
    booked = StockLevel.objects.filter(reserved__gt=0).aggregate(sum=Sum("reserved"))["sum"]
    assert promised == booked
    assert not StockLevel.objects.filter(reserved__gt=F("on_hand")).exists()


@pytest.fixture
def fault_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "faults"
    folder.mkdir()
    return folder

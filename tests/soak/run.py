"""One run from its first order to its report. Django is set up for the machine's database before this is imported."""

import threading
import time
from collections import Counter
from collections.abc import Callable

from notifications.models import Message
from orders.models import Order
from tests.soak.checks.answers import check_answers
from tests.soak.checks.finding import Finding
from tests.soak.checks.lines import check_lines, check_nothing_idle, check_states
from tests.soak.checks.mails import check_letters, check_mails
from tests.soak.checks.orders import check_orders
from tests.soak.checks.stock import check_stock
from tests.soak.checks.work import check_jobs
from tests.soak.client import Catalogue, Client, Course
from tests.soak.customers import Customer, Pace
from tests.soak.faults import kinds_for
from tests.soak.machine import Machine
from tests.soak.memory import Memory
from tests.soak.report import Report
from tests.soak.schedule import plan
from tests.soak.settling import settle
from tests.soak.staff import Packer, Receiver, Service
from tests.soak.storm import Storm

SETS = ("75290-1", "10134-1", "60246-1", "75968-1", "70404-1", "41395-1")
CUSTOMERS, PACKERS = 8, 2
ANSWERED_WITHIN = 60.0  # what clients began before the end is answered by then
SETTLED_WITHIN = 900.0  # as long as work is done; without progress it ends sooner


def soak(
    machine: Machine, *, minutes: float, seed: int, per_minute: float, say: Callable[[str], None]
) -> Report:
    """1. Clients work while faults come. 2. Clients finish what they began. 3. Work settles. 4. All is checked."""
    memory = Memory()
    began = time.monotonic()
    keys = {role: f"Api-Key {account['api_key']}" for role, account in machine.accounts.items()}
    course = Course(seed, machine.port, began, memory, read_catalogue(), keys)
    planned = plan(kinds_for(machine), seconds=60 * minutes, seed=seed)
    storm = Storm(machine, planned, seed, began)
    clients = make_clients(course, machine, per_minute)
    say(f"{len(clients)} clients, {len(planned)} faults in {minutes:g} minutes")
    for client in clients:
        client.start()
    watch = threading.Thread(target=_watch, args=(course, storm, say), daemon=True)
    watch.start()
    storm.rage()
    time.sleep(max(0.0, began + 60 * minutes - time.monotonic()))
    say("The faults are over.")
    course.closing.set()
    for client in clients:
        client.join(max(0.1, began + 60 * minutes + ANSWERED_WITHIN - time.monotonic()))
    course.over.set()
    for client in clients:
        client.join(40)
        if client.is_alive():
            memory.note_failure(f"{client.name} does not end")
    say("Every client is answered. The work settles.")
    settled, hastened = settle(at_most=SETTLED_WITHIN, say=say)
    report = Report(
        seed,
        minutes,
        "PostgreSQL" if machine.postgres else "SQLite",
        machine.disk.how,
        memory,
        storm.happened,
        failures=[*storm.failures, *memory.failures],
        settled_after=time.monotonic() - began - 60 * minutes,
        hastened=hastened,
    )
    say("Settled. Looking at everything." if settled else "It does not settle. Looking at everything.")
    report.findings = find_all(course, storm, machine)
    _count(report, machine)
    return report


def find_all(course: Course, storm: Storm, machine: Machine) -> list[Finding]:
    """Everything that is not as it must be."""
    wishes = course.memory.wishes
    return [
        *check_orders(wishes),
        *check_lines(),
        *check_nothing_idle(),
        *check_states(),
        *check_stock(),
        *check_letters(),
        *check_mails(machine.mail.messages, erased={wish.email for wish in wishes if wish.erasing}),
        *check_jobs(),
        *check_answers(course.memory.calls, storm.happened),
        *(Finding("stuck", "the web server does not come back", each) for each in storm.stuck),
    ]


def make_clients(course: Course, machine: Machine, per_minute: float) -> list[Client]:
    pace = Pace(per_minute / 60)
    return [
        *(Customer(number, course, pace=pace, mail=machine.mail) for number in range(1, CUSTOMERS + 1)),
        *(Packer(number, course) for number in range(1, PACKERS + 1)),
        Receiver(course),
        Service(course),
    ]


def read_catalogue() -> Catalogue:
    """Bags and single pieces of the sets that customers ask for."""
    from catalog.models import Bag, Content

    catalogue = Catalogue()
    for set_num in SETS:
        bags = Bag.objects.filter(set__set_num=set_num, retired_at=None).order_by("position")
        catalogue.bags[set_num] = list(bags.values_list("label", flat=True))
        pieces = (
            Content.objects.filter(inventory__set__set_num=set_num)
            .order_by("piece__part__part_num", "piece__color")
            .values_list("piece__part__part_num", "piece__color_id")
            .distinct()
        )
        catalogue.pieces[set_num] = [{"part_num": part, "color_id": color} for part, color in pieces[:40]]
    return catalogue


def _watch(course: Course, storm: Storm, say: Callable[[str], None]) -> None:
    """Say every half minute how far it is."""
    while not course.closing.wait(30):
        memory = course.memory
        placed = sum(bool(wish.number) for wish in memory.wishes)
        unanswered = sum(not call.status for call in memory.calls)
        say(
            f"{time.monotonic() - course.began:4.0f} s: {placed:,} orders, {len(memory.calls):,} requests "
            f"({unanswered} without an answer), {len(storm.happened)} faults"
        )


def _count(report: Report, machine: Machine) -> None:
    report.placed = sum(bool(wish.number) for wish in report.memory.wishes)
    report.states = dict(sorted(Counter(Order.objects.values_list("state", flat=True)).items()))
    report.mails = Message.objects.filter(state=Message.State.SENT).count()
    ids = Counter(str(mail["Message-ID"]) for mail in machine.mail.messages)
    report.mails_again = sum(times > 1 for times in ids.values())

"""Every kind of fault: what it does to the machine, and what it puts right again."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.soak.machine import RUNNING, WORKERS, Machine

AWAY = ("refused", "answers 4xx", "drops", "answers late")
LATE_SECONDS = 12.0  # longer than a sender waits


@dataclass(frozen=True, slots=True)
class Kind:
    """`parts`: what it takes away; two faults of one part do not overlap. `inflict` is left when it ends.

    `lasting` faults have a duration; the others take a moment.
    """

    name: str
    parts: frozenset[str]
    inflict: Callable[[Machine, random.Random], "Iterator[None]"]
    lasting: bool = True


def kinds_for(machine: Machine) -> list[Kind]:
    """All kinds that this machine can have."""
    return [
        *(_kind(f"kill {name}", {name}, _killing(name), lasting=False) for name in RUNNING),
        *(
            _kind(f"kill a process of {name}", {name}, _killing_one(name), lasting=False)
            for name in ("web", *WORKERS)
        ),
        *(_kind(f"stop {name}", {name}, _stopping(name)) for name in RUNNING),
        _kind("stop one process of web", {"web"}, _stopping_one),
        *(_kind(f"clock of {name}", {name}, _mistaken(name)) for name in ("web", "beat", *WORKERS)),
        _kind("broker killed", {"broker"}, _broker_killed),
        _kind("broker stopped", {"broker"}, _broker_stopped),
        _kind("broker restarted empty", {"broker"}, _broker_empty),
        _kind("broker flushed", {"broker"}, _flushed, lasting=False),
        *(kind for wire in machine.wires for kind in _of_wire(wire)),
        *(_kind(f"mail server {how}", {"mail"}, _mail_away(how)) for how in AWAY),
        _kind("disk full", {"disk", "database", "broker"}, _full),
        *([_kind("PostgreSQL restarted", {"database"}, _postgres_restarted)] if machine.cluster else []),
    ]


def _kind(
    name: str,
    parts: set[str],
    inflict: Callable[[Machine, random.Random], Iterator[None]],
    *,
    lasting: bool = True,
) -> Kind:
    return Kind(name, frozenset(parts), inflict, lasting)


@contextmanager
def inflicted(kind: Kind, machine: Machine, rng: random.Random) -> Iterator[None]:
    """Within, the fault is there. What a generator does after its yield is done in every case."""
    with contextmanager(kind.inflict)(machine, rng):
        yield


# --- programs --------------------------------------------------------------------------------------------------------


def _killing(name: str) -> Callable[[Machine, random.Random], Iterator[None]]:
    def inflict(machine: Machine, rng: random.Random) -> Iterator[None]:
        machine.signal(name, signal.SIGKILL)
        yield

    return inflict


def _killing_one(name: str) -> Callable[[Machine, random.Random], Iterator[None]]:
    """Not its leader, which has to notice."""

    def inflict(machine: Machine, rng: random.Random) -> Iterator[None]:
        members = machine.members(name)
        if members:
            with suppress(ProcessLookupError):
                os.kill(rng.choice(members), signal.SIGKILL)
        yield

    return inflict


def _stopping(name: str) -> Callable[[Machine, random.Random], Iterator[None]]:
    """Alive, and doing nothing; afterwards it goes on, or is killed."""

    def inflict(machine: Machine, rng: random.Random) -> Iterator[None]:
        group = machine.signal(name, signal.SIGSTOP)
        try:
            yield
        finally:
            if group:
                with suppress(ProcessLookupError):
                    os.killpg(group, rng.choice((signal.SIGCONT, signal.SIGCONT, signal.SIGKILL)))

    return inflict


def _stopping_one(machine: Machine, rng: random.Random) -> Iterator[None]:
    members = machine.members("web")
    chosen = rng.choice(members) if members else 0
    if chosen:
        with suppress(ProcessLookupError):
            os.kill(chosen, signal.SIGSTOP)
    try:
        yield
    finally:
        if chosen:
            with suppress(ProcessLookupError):
                os.kill(chosen, signal.SIGCONT)


def _mistaken(name: str) -> Callable[[Machine, random.Random], Iterator[None]]:
    """Its host's clock jumps ahead or back, and back again."""

    def inflict(machine: Machine, rng: random.Random) -> Iterator[None]:
        clock = machine.set_clock(name, rng.choice((-90.0, -8.0, 8.0, 90.0, 600.0)))
        try:
            yield
        finally:
            clock.unlink(missing_ok=True)

    return inflict


# --- servers ---------------------------------------------------------------------------------------------------------


def _broker_killed(machine: Machine, rng: random.Random) -> Iterator[None]:
    machine.broker.kill()
    try:
        yield
    finally:
        machine.start_broker()


def _broker_empty(machine: Machine, rng: random.Random) -> Iterator[None]:
    machine.broker.kill()
    shutil.rmtree(machine.broker.data, ignore_errors=True)
    try:
        yield
    finally:
        machine.start_broker()


def _broker_stopped(machine: Machine, rng: random.Random) -> Iterator[None]:
    """Stopped and not dead: it takes connections and gives no answer."""
    with machine.broker.hanging(at_most=90):
        yield
    if rng.random() < 0.3:
        machine.broker.kill()
        machine.start_broker()


def _flushed(machine: Machine, rng: random.Random) -> Iterator[None]:
    with suppress(Exception), machine.broker.client() as client:
        client.flushall()
    yield


def _postgres_restarted(machine: Machine, rng: random.Random) -> Iterator[None]:
    assert machine.cluster is not None
    machine.cluster.stop()
    try:
        yield
    finally:
        machine.start_postgres()


def _full(machine: Machine, rng: random.Random) -> Iterator[None]:
    programs = [machine.pid(name) for name in RUNNING] + [
        pid for name in RUNNING for pid in machine.members(name)
    ]
    machine.disk.fill([pid for pid in programs if pid])
    try:
        yield
    finally:
        machine.disk.make_room()
        time.sleep(0.5)
        # A server that gave up for want of room is started by its operator.
        server = machine.cluster.server if machine.cluster is not None else None
        if server is not None and server.poll() is not None:
            machine.start_postgres()
        if not machine.broker.answers():
            machine.broker.kill()
            machine.start_broker()


# --- what lies between -----------------------------------------------------------------------------------------------


def _of_wire(name: str) -> list[Kind]:
    def cut(machine: Machine, rng: random.Random) -> Iterator[None]:
        machine.wires[name].cut()
        yield

    def silent(machine: Machine, rng: random.Random) -> Iterator[None]:
        machine.wires[name].freeze()
        try:
            yield
        finally:
            if rng.random() < 0.5:
                machine.wires[name].cut()
            machine.wires[name].restore()

    def slow(machine: Machine, rng: random.Random) -> Iterator[None]:
        machine.wires[name].slow(rng.choice((0.02, 0.1, 0.5)))
        try:
            yield
        finally:
            machine.wires[name].restore()

    return [
        _kind(f"{name} cut off", {name}, cut, lasting=False),
        _kind(f"{name} silent", {name}, silent),
        _kind(f"{name} slow", {name}, slow),
    ]


def _mail_away(how: str) -> Callable[[Machine, random.Random], Iterator[None]]:
    def inflict(machine: Machine, rng: random.Random) -> Iterator[None]:
        if how == "refused":
            machine.wires["mail"].refuse()
            machine.wires["mail"].cut()
        elif how == "answers 4xx":
            machine.mail.next_answers.extend(["451 Try again later"] * 10_000)
        elif how == "drops":
            machine.mail.drops = 10_000
        else:
            machine.mail.seconds_to_answer = LATE_SECONDS
        try:
            yield
        finally:
            machine.wires["mail"].restore()
            machine.mail.next_answers.clear()
            machine.mail.drops = 0
            machine.mail.seconds_to_answer = 0.0

    return inflict

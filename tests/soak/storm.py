"""Inflicts what was planned, each fault in a thread of its own, and notes what was when."""

import random
import threading
import time
from dataclasses import dataclass, field

from tests.soak.faults import inflicted
from tests.soak.machine import Machine
from tests.soak.schedule import Planned

# A web server that starts on a busy machine takes some seconds.
BACK_WITHIN = 60.0


@dataclass(slots=True)
class Inflicted:
    """A fault as it was: `ended` is when all was in order again: after a fault of the web server, when it answers."""

    name: str
    parts: frozenset[str]
    began: float
    ended: float


@dataclass(slots=True)
class Storm:
    machine: Machine
    planned: list[Planned]
    seed: int
    began: float
    happened: list[Inflicted] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)  # faults after which the web server did not come back

    def rage(self) -> None:
        """Returns when the last fault has ended."""
        threads = []
        for number, each in enumerate(self.planned):
            time.sleep(max(0.0, self.began + each.at - time.monotonic()))
            thread = threading.Thread(target=self._inflict, args=(number, each), daemon=True)
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()

    def _inflict(self, number: int, planned: Planned) -> None:
        rng = random.Random(f"{self.seed}:fault:{number}")
        note = Inflicted(planned.kind.name, planned.kind.parts, self._now(), float("inf"))
        self.happened.append(note)
        try:
            with inflicted(planned.kind, self.machine, rng):
                time.sleep(planned.seconds)
        except Exception as error:
            self.failures.append(f"{planned.kind.name} at {note.began:.0f} s: {error!r}")
        if "web" in note.parts and not self._comes_back():
            self.stuck.append(f"{note.name} at {note.began:.0f} s")
        note.ended = self._now()

    def _comes_back(self) -> bool:
        deadline = time.monotonic() + BACK_WITHIN
        while not self.machine.pages_answer():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def _now(self) -> float:
        return time.monotonic() - self.began

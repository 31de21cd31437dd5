"""A client: a thread that acts until nothing new may begin. Customers and staff are clients."""

import random
import threading
import traceback
from dataclasses import dataclass, field
from typing import Any

from tests.soak.caller import Caller
from tests.soak.memory import Memory


@dataclass(slots=True)
class Catalogue:
    """What can be asked for: labels of bags, and pieces, by set; and the packed bags' SKUs."""

    bags: dict[str, list[str]] = field(default_factory=dict)
    pieces: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(slots=True)
class Course:
    """The course of a run: `closing` is set when nothing new begins, `over` when nothing is sent again."""

    seed: int
    port: int
    began: float
    memory: Memory
    catalogue: Catalogue
    keys: dict[str, str]  # the Authorization of each role
    closing: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)


class Client(threading.Thread):
    """Subclasses say in `act` what it does next. Its choices follow from the seed and its name."""

    def __init__(self, name: str, course: Course) -> None:
        super().__init__(name=name, daemon=True)
        self.course = course
        self.rng = random.Random(f"{course.seed}:{name}")
        self.caller = Caller(course.port, course.memory, self.rng, began=course.began, over=course.over)

    def run(self) -> None:
        try:
            while not self.course.closing.is_set():
                self.act()
            self.finish()
        except Exception:
            self.course.memory.note_failure(f"{self.name}: {traceback.format_exc()}")
        finally:
            self.caller.close()

    def act(self) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """What remains to be done when nothing new begins."""

    def pause(self, seconds: float) -> None:
        self.course.closing.wait(seconds)

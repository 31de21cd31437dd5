"""What the clients remember: every call and its answer, and what they were promised."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Call:
    """One request. `status` 0: there was no answer. `began` and `ended` in seconds since the run began."""

    operation: str
    began: float
    ended: float
    status: int
    code: str = ""
    retry_after: str = ""
    is_problem: bool = False  # whether the body is a problem document with a code
    error: str = ""


@dataclass(slots=True)
class Wish:
    """An order that a client wants once. `again`: it may be sent again and stays one order (a key, or a form's number).

    What it was answered: `number` and `token`. What was granted since: `cancelled`, `erased`, `lines`.
    """

    email: str
    again: bool
    tries: int = 0
    number: str = ""
    token: str = ""
    others: set[str] = field(default_factory=set)  # different numbers for the same wish
    refused: str = ""  # the code of a refusal
    cancelled: bool = False
    erased: bool = False
    erasing: bool = False  # it was asked for, with an answer or without
    lines: int = 0
    lines_unanswered: int = 0


class Memory:
    """Shared by all clients."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls: list[Call] = []
        self.wishes: list[Wish] = []
        self.failures: list[str] = []  # of clients themselves

    def note_call(self, call: Call) -> None:
        with self._lock:
            self.calls.append(call)

    def note_wish(self, wish: Wish) -> None:
        with self._lock:
            self.wishes.append(wish)

    def note_failure(self, sentence: str) -> None:
        with self._lock:
            self.failures.append(sentence)

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self._lock:
            yield


@dataclass(slots=True)
class Answer:
    """A status, the JSON body where there is one, and the address it leads to."""

    status: int
    body: Any = None
    location: str = ""
    code: str = ""

    @property
    def granted(self) -> bool:
        return 200 <= self.status < 400

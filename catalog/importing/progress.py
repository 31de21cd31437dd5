"""The progress of an import: what it does now, how fast, and how long it will take."""

import sys
import time
from enum import StrEnum
from typing import TextIO


class Phase(StrEnum):
    """The phases of an import, in their order. Only the first three can be cancelled."""

    READING = "Reading"
    COMPARING = "Comparing"
    WRITING = "Writing contents"
    TURNING = "Turning to the new catalogue"
    INDEXING = "Making the search index"


class Progress:
    """Lines on a stream: rewritten in place on a terminal, one every few seconds elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._live = self._stream.isatty()
        self._pause = 0.2 if self._live else 5.0
        self._begin("", 0, "")

    def begin(self, doing: str, total: int, unit: str = "rows") -> None:
        """Start a phase of `total` steps; each is a row, or whatever `unit` names."""
        self._begin(doing, total, unit)

    def _begin(self, doing: str, total: int, unit: str) -> None:
        self._doing, self._total, self._unit = doing, total, unit
        self._done = 0
        self._begun = time.monotonic()
        self._reported = self._begun

    def advance(self, steps: int) -> None:
        self._done += steps
        now = time.monotonic()
        if now - self._reported >= self._pause:
            self._reported = now
            self._report(now - self._begun)

    def finish(self) -> None:
        """Clear the line that was being rewritten."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _report(self, seconds: float) -> None:
        rate = self._done / seconds
        left = max(0, self._total - self._done) / rate if rate else 0.0
        share = min(100, 100 * self._done // self._total) if self._total else 0
        per_second = f"{rate:,.0f} {self._unit}/s" if self._unit == "rows" else f"{rate / 1e6:.1f} MB/s"
        line = f"{self._doing}: {share}%, {per_second}, {left:.0f} s left"
        self._stream.write(f"\r\x1b[K{line}" if self._live else f"{line}\n")
        self._stream.flush()


class Silent(Progress):
    """For callers that show nothing."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def _report(self, seconds: float) -> None:
        pass

    def finish(self) -> None:
        pass

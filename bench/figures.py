"""A measured figure, and how figures are measured, shown and stored."""

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A median of `n` runs beside its limit or its rival, in the same unit. `spread` is (max - min) / median."""

    value: float
    unit: str
    n: int
    spread: float
    limit: float | None = None
    rival: float | None = None

    @property
    def ratio_to_limit(self) -> float | None:
        return self.value / self.limit if self.limit else None

    @property
    def ratio_to_rival(self) -> float | None:
        return self.value / self.rival if self.rival else None


def figure(
    values: Sequence[float], unit: str, *, limit: float | None = None, rivals: Sequence[float] = ()
) -> Figure:
    """The figure of several runs, and of the rival's runs between them."""
    median = statistics.median(values)
    return Figure(
        value=median,
        unit=unit,
        n=len(values),
        spread=(max(values) - min(values)) / median if median else 0.0,
        limit=limit,
        rival=statistics.median(rivals) if rivals else None,
    )


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def table(figures: Mapping[str, Figure]) -> str:
    """The figures as lines of text."""
    rows = [("figure", "value", "limit", "x limit", "rival", "x rival", "n", "spread")]
    for name, measured in figures.items():
        rows.append(
            (
                name,
                f"{measured.value:.4g} {measured.unit}",
                _number(measured.limit),
                _number(measured.ratio_to_limit),
                _number(measured.rival),
                _number(measured.ratio_to_rival),
                str(measured.n),
                f"{measured.spread:.0%}",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )


def save(figures: Mapping[str, Figure], path: Path) -> None:
    """Store the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        name: {
            **asdict(measured),
            "ratio_to_limit": measured.ratio_to_limit,
            "ratio_to_rival": measured.ratio_to_rival,
        }
        for name, measured in figures.items()
    }
    path.write_text(json.dumps(kept, indent=2) + "\n")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"

"""The study of the scale as a page: its table, and a chart."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

NAMES = {
    "as_the_data_says": "weights as the data has them",
    "weighed_here": "each mould weighed here, twenty together",
    "weighed_here_in_the_parcel": "the same, in its envelope with the letter",
    "three_loose_pieces": "three loose pieces in their envelope, weights as the data has them",
}
KINDS = ("missing", "extra", "swapped")
COLOURS = {"missing": "#1f6f8b", "extra": "#e0a030", "swapped": "#b5452c"}
BEGIN, END = "<!-- measured: -->", "<!-- :measured -->"


def write_pages(studies: Mapping[str, Any], *, docs: Path, classes: Sequence[int]) -> None:
    """Put the table between the marks of docs/scale.md, and the chart beside the other pictures."""
    page = docs / "scale.md"
    before, _, rest = page.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{table(studies, classes)}\n{END}{after}")
    (docs / "images" / "scale.svg").write_text(chart(studies, classes))


def class_names(classes: Sequence[int]) -> list[str]:
    """`up to 0.25 g`, `0.25 to 0.5 g` and so on."""
    grams = [f"{mg / 1000:g}" for mg in classes]
    between = [f"{low} to {high} g" for low, high in itertools.pairwise(grams)]
    return [f"up to {grams[0]} g", *between, f"over {grams[-1]} g"]


def table(studies: Mapping[str, Any], classes: Sequence[int]) -> str:
    """A table for each way to weigh."""
    parts = []
    for name, study in studies.items():
        checked = f"{study.checked} of {study.bags} are checked"
        alarms = f"{study.alarm_rate:.1%} false alarms in {study.readings:,} readings of complete ones"
        rows = [f"**{_sentence(NAMES[name])}**: {checked}, {alarms}.", ""]
        rows.append("| a piece of | pieces | " + " | ".join(KINDS) + " |")
        rows.append("| --- | ---: |" + " ---: |" * len(KINDS))
        draws = study.readings / max(study.checked, 1)
        for number, title in enumerate(class_names(classes)):
            pieces = round(study.mistakes["missing"].made[number] / draws) if draws else 0
            shares = [f"{study.mistakes[kind].share(number):.0%}" for kind in KINDS]
            rows.append(f"| {title} | {pieces:,} | " + " | ".join(shares) + " |")
        pieces = round(study.mistakes["missing"].made.total() / draws) if draws else 0
        shares = [f"**{study.mistakes[kind].share():.0%}**" for kind in KINDS]
        rows.append(f"| all | {pieces:,} | " + " | ".join(shares) + " |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def chart(studies: Mapping[str, Any], classes: Sequence[int]) -> str:
    """Bars for each class, a row of them for each way to weigh, with the figures of the table."""
    names = class_names(classes)
    group, bar, left, top, height, gap = 130, 30, 56, 84, 150, 92
    width = left + group * len(names) + 16
    whole = top + len(studies) * (height + gap)
    size = f'viewBox="0 0 {width} {whole}" font-family="system-ui, sans-serif" font-size="13"'
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        "<title>Share of single mistakes that the scale catches, by the weight of the piece</title>",
        f'<rect width="100%" height="100%" fill="#fff"/>{_legend(left)}',
    ]
    for row, (name, study) in enumerate(studies.items()):
        base = top + row * (height + gap) + height
        rows.append(
            f'<text x="{left}" y="{base - height - 24}" font-weight="600">{escape(_sentence(NAMES[name]))}</text>'
        )
        for share in (0, 0.5, 1):
            y = base - share * height
            rows.append(f'<path d="M{left} {y}H{width - 16}" stroke="#d5d9dc"/>')
            rows.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end" fill="#555">{share:.0%}</text>')
        for number, title in enumerate(names):
            x = left + number * group + 14
            for index, kind in enumerate(KINDS):
                share = study.mistakes[kind].share(number)
                rows.append(
                    f'<rect x="{x + index * (bar + 4)}" y="{base - share * height:.1f}" width="{bar}" '
                    f'height="{share * height:.1f}" fill="{COLOURS[kind]}"/>'
                    f'<text x="{x + index * (bar + 4) + bar / 2}" y="{base - share * height - 4:.1f}" '
                    f'text-anchor="middle" font-size="10" fill="#333">{round(share * 100)}</text>'
                )
            middle = x + 1.5 * bar + 4
            rows.append(f'<text x="{middle}" y="{base + 18}" text-anchor="middle">{escape(title)}</text>')
    return "\n".join([*rows, "</svg>", ""])


def _legend(left: int) -> str:
    marks = []
    for index, kind in enumerate(KINDS):
        x = left + index * 110
        marks.append(f'<rect x="{x}" y="12" width="14" height="14" fill="{COLOURS[kind]}"/>')
        marks.append(f'<text x="{x + 20}" y="24">{kind}</text>')
    return "".join(marks)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]

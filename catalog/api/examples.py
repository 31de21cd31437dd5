"""Examples of the catalogue's answers, for the OpenAPI document, from the sample catalogue."""

from typing import Any

THEME = {"id": 158, "name": "Star Wars"}
RED = {"id": 4, "name": "Red", "rgb": "C91A09"}
SET: dict[str, Any] = {
    "set_num": "75290-1",
    "name": "Mos Eisley Cantina",
    "year": 2020,
    "theme": THEME,
    "num_parts": 3187,
    "image_url": None,
    "num_bags": 23,
}
SET_WITH_BAGS: dict[str, Any] = {
    **SET,
    "bags_known": True,
    "bags": [{"label": "13", "num_pieces": 151}, {"label": "14", "num_pieces": 144}],
}
PIECE: dict[str, Any] = {
    "part_num": "3001",
    "color": RED,
    "element_ids": ["300121"],
    "name": "Brick 2 x 4",
    "category": "Bricks",
    "quantity": 2,
    "bag": "14",
    "is_spare": False,
    "minifig": None,
    "image_url": None,
    "weight_mg": 2320,
}
BAG_ROWS = {
    "label": "24",
    "rows": [{"element_id": "300121", "quantity": 2}, {"part_num": "3024", "color_id": 71, "quantity": 1}],
    "reason": "Counted from a sealed bag",
}
CORRECTION: dict[str, Any] = {
    "id": 7,
    "set_num": "75290-1",
    "part_num": None,
    "color_id": None,
    "field": "year",
    "bag": None,
    "before": 2021,
    "after": 2020,
    "reason": "As printed on the box",
    "at": "2026-11-21T20:15:00.123456Z",
    "holds": True,
}
WEIGHT: dict[str, Any] = {
    **CORRECTION,
    "id": 8,
    "set_num": None,
    "part_num": "3001",
    "color_id": 4,
    "field": "weight",
    "before": [2300, "computed"],
    "after": [2320, "measured"],
    "reason": "",
}
RUN: dict[str, Any] = {
    "id": 3,
    "state": "open",
    "dry_run": True,
    "files": {"sets.csv.gz": 412_000, "inventory_parts.csv.gz": 9_800_000},
    "created_at": "2026-11-21T20:15:00.123456Z",
    "finished_at": None,
    "cancel_requested": False,
    "progress": {"doing": "reading inventory_parts", "done": 200_000, "total": 1_400_000, "unit": "rows"},
    "changed": False,
    "sentences": [],
    "bad_rows": 0,
    "error_code": "",
    "error_detail": "",
}
REPORT_ROW = {
    "severity": "error",
    "file": "parts.csv",
    "line": 17,
    "column": "name",
    "code": "missing",
    "detail": "The part has no name.",
}

"""Examples and long descriptions of the floor, for the OpenAPI document: waves, shipments, prints, counts."""

from typing import Any

from orders.api.examples import PIECE

ABOUT_COUNTING = (
    "The count decides. Lines whose reserved stock is not there get other stock or wait, the newest first."
)
ABOUT_PRINTING = (
    "A job makes them: read the print until `finished_at` is set, or `failure` says why they could not be made. While "
    "one is under way, no other starts; one that failed is begun again."
)
ABOUT_PAPERS = (
    "`label` and `all` show the address: they exist from packing until the parcel is handed over, and each print is "
    "recorded."
)

WAVE: dict[str, Any] = {
    "id": 3,
    "picks": [
        {
            "id": 8,
            "sku": "P:3001:4",
            "bin": "A-01-1-01",
            "quantity": 2,
            "orders": [{"number": "B14-7K2M-9QX3", "slot": 1, "quantity": 2}],
        }
    ],
    "shipments": [{"id": 1, "order": "B14-7K2M-9QX3"}],
    "put_backs": [{"id": 2, "slot": 4, "sku": "P:3001:4", "bin": "A-01-1-01", "quantity": 1}],
}
WAVE_IN_LIST = {
    "id": 3,
    "created_at": "2026-11-22T08:30:00.123456Z",
    "stops": 1,
    "stops_done": 1,
    "parcels": 1,
    "parcels_gone": 0,
    "to_carry_back": 1,
}
SHIPMENT: dict[str, Any] = {
    "id": 1,
    "order": "B14-7K2M-9QX3",
    "slot": 1,
    "status": "picking",
    "lines": [{"line": 1, "quantity": 1, "bag": "14"}, {"line": 2, "quantity": 2, "piece": PIECE}],
    "expected_weight_mg": 61_800,
    "tolerance_mg": 2_100,
    "measured_weight_mg": None,
    "carrier": "",
    "tracking_number": "",
    "packed_at": None,
    "shipped_at": None,
}
PACKED: dict[str, Any] = {
    **SHIPMENT,
    "status": "packed",
    "measured_weight_mg": 61_500,
    "packed_at": "2026-11-22T09:10:00.123456Z",
}
SHIPPED: dict[str, Any] = {
    **PACKED,
    "status": "shipped",
    "carrier": "Post",
    "tracking_number": "RR123456785XX",
    "shipped_at": "2026-11-22T09:30:00.123456Z",
}
SHIPMENT_IN_LIST: dict[str, Any] = {
    "id": 1,
    "order": "B14-7K2M-9QX3",
    "wave": 3,
    **{name: SHIPPED[name] for name in ("slot", "status", "carrier", "tracking_number", "shipped_at")},
}
HANDED_OVER: dict[str, Any] = {
    "id": 1,
    "order": "B14-7K2M-9QX3",
    "country": "US",
    "measured_weight_mg": 61_500,
    **{name: SHIPPED[name] for name in ("carrier", "tracking_number", "shipped_at")},
}
PRINT_RUN: dict[str, Any] = {
    "id": 2,
    "wave": 3,
    "requested_at": "2026-11-22T09:12:00.123456Z",
    "parcels": 1,
    "done": 0,
    "pages": 0,
    "finished_at": None,
    "failure": "",
}
COUNTED: dict[str, Any] = {"sku": "P:3001:4", "bin": "A-01-1-01", "counted": 38}
MOVED = {"sku": "P:3001:4", "from_bin": "A-01-1-01", "to_bin": "A-01-1-02", "quantity": 10}
BATCH = {"mode": "received", "lines": [{"sku": "P:3001:4", "bin": "A-01-1-01", "quantity": 40}]}
BIN_COUNT: dict[str, Any] = {
    "id": 4,
    "bin": "A-01-1-01",
    "started_at": "2026-11-22T07:00:00.123456Z",
    "finished_at": None,
    "counted": [{"sku": "P:3001:4", "quantity": 38}],
}

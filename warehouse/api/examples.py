"""Examples and long descriptions of the warehouse, for the OpenAPI document."""

ABOUT_STOCK = (
    "A piece by `part_num` and `color_id`, or a packed bag by `set_num` and `bag`, is listed with its SKU even if it "
    "was never stocked."
)

LEVEL = {"sku": "P:3001:4", "bin": "A-01-1-01", "on_hand": 40, "reserved": 3, "available": 37}
MOVED = {"sku": "P:3001:4", "bin": "A-01-1-01", "delta": 40, "reason": "received"}
MOVEMENT = {"id": 12, **MOVED, "at": "2026-11-21T20:15:00.123456Z"}
BIN = {"code": "A-01-1-01", "kinds": 1, "things": 40, "promised": 3}
WEIGHED = {"part_num": "3001", "color_id": 4, "count": 10, "total_mg": 23_200}
WEIGHT = {"part_num": "3001", "color_id": 4, "weight_mg": 2320, "error_mg": 201, "weighed_together": 10}

"""Examples for the OpenAPI document. The sample catalogue accepts the requests as they stand."""

from drf_spectacular.utils import OpenApiExample

EXAMPLE_REQUEST = {
    "set_num": "75290-1",
    "lines": [
        {"bag": "14", "reason": "missing"},
        {"part_num": "3001", "color_id": 4, "quantity": 2, "reason": "lost"},
        {"element_id": "300121", "quantity": 1, "reason": "damaged"},
    ],
    "customer": {"name": "John", "email": "john@example.com", "language": "en"},
    "address": {
        "line1": "1 Main St",
        "line2": "",
        "city": "Springfield",
        "region": "IL",
        "postal_code": "62701",
        "country": "US",
    },
    "builder": {"name": "Emma", "age_band": "7-12"},
    "message": "",
    "box_code": "45R0",
    "bought_at": "Target",
}
SMALLEST_REQUEST = {
    "set_num": "75290-1",
    "lines": [{"bag": 14}],
    "customer": {"name": "John", "email": "john@example.com"},
    "address": {
        "line1": "1 Main St",
        "city": "Springfield",
        "region": "IL",
        "postal_code": "62701",
        "country": "US",
    },
}

_SET = {
    "set_num": "75290-1",
    "name": "Mos Eisley Cantina",
    "year": 2020,
    "theme": {"id": 158, "name": "Star Wars"},
    "num_parts": 3187,
    "image_url": None,
}
_LINE = {
    "id": 1,
    "bag": "14",
    "quantity": 1,
    "reason": "missing",
    "reserved": 0,
    "backordered": 0,
    "shipped": 0,
    "status": "received",
}
_PIECE = {
    "part_num": "3001",
    "color": {"id": 4, "name": "Red", "rgb": "C91A09"},
    "element_ids": ["300121"],
    "name": "Brick 2 x 4",
}
_PLACED = {
    "number": "B14-7K2M-9QXD",
    "status": "received",
    "token": "kF3v0Jt5W2y8mZ1aQ9bN4cR7dT6eU0gH",
    "status_url": "https://bag14.example/orders/B14-7K2M-9QXD/?token=kF3v0Jt5W2y8mZ1aQ9bN4cR7dT6eU0gH",
    "set": _SET,
    "lines": [_LINE],
    "language": "en",
    "created_at": "2026-11-21T20:15:00.123456Z",
}
_ORDER = {
    "number": "B14-7K2M-9QXD",
    "status": "shipped",
    "set": _SET,
    "language": "en",
    "created_at": "2026-11-21T20:15:00.123456Z",
    "lines": [
        {**_LINE, "shipped": 1, "status": "shipped"},
        {
            "id": 2,
            "piece": _PIECE,
            "quantity": 2,
            "reason": "lost",
            "reserved": 0,
            "backordered": 0,
            "shipped": 2,
            "status": "shipped",
        },
    ],
    "shipments": [
        {
            "id": 1,
            "status": "shipped",
            "carrier": "Post",
            "tracking_number": "RR123456785XX",
            "shipped_at": "2026-11-22T09:30:00.123456Z",
            "lines": [{"line": 1, "quantity": 1}, {"line": 2, "quantity": 2}],
        }
    ],
    "events": [
        {"at": "2026-11-21T20:15:00.123456Z", "type": "received", "by": "customer"},
        {"at": "2026-11-21T20:15:01.123456Z", "type": "allocated", "by": "system"},
        {"at": "2026-11-22T09:00:00.123456Z", "type": "picking", "by": "staff"},
    ],
}
_REFUSED = {
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "detail": "Some of this needs another look.",
    "code": "invalid",
    "errors": [
        {"pointer": "/lines/0/bag", "code": "unknown_bag", "detail": "This set has no bag 99."},
        {
            "pointer": "/address/postal_code",
            "code": "invalid",
            "detail": "This is not a postal code of the country. Check its digits.",
        },
    ],
}

PLACING = [
    OpenApiExample("A bag and some pieces", value=EXAMPLE_REQUEST, request_only=True),
    OpenApiExample("As little as possible", value=SMALLEST_REQUEST, request_only=True),
    OpenApiExample("Received", value=_PLACED, response_only=True, status_codes=["201"]),
    OpenApiExample(
        "Everything wrong at once",
        value=_REFUSED,
        response_only=True,
        status_codes=["400"],
        media_type="application/problem+json",
    ),
]
READING = [OpenApiExample("Shipped", value=_ORDER, response_only=True, status_codes=["200"])]

"""Examples and long descriptions for the OpenAPI document. The sample catalogue accepts the requests as they stand."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

ABOUT_PLACING = (
    "A refusal lists every problem of the request. The answer has the order's token: keep it, it opens the order. "
    "Without an API key, one address may place only a few orders an hour."
)
ABOUT_LINKS = (
    "If number and address match, the link goes to the address with which the order was placed, at most once an hour. "
    "The answer is the same whether they match or not. A caller may ask 20 times an hour, here and by page together."
)
ABOUT_DATA_REQUESTS = (
    "The mail goes to the address with which the order was placed, at most once an hour: the customer may have passed "
    "the order's token on, so the token alone is not enough."
)
ABOUT_ERASING = (
    "The `proof` from the mail authorises the caller. Lines that are not packed are cancelled; the token and the links "
    "stop working. Orders that follow this one, or that it follows, hold the same customer and are erased with it."
)

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
PIECE = {
    "part_num": "3001",
    "color": {"id": 4, "name": "Red", "rgb": "C91A09"},
    "element_ids": ["300121"],
    "name": "Brick 2 x 4",
}
PLACED: dict[str, Any] = {
    "number": "B14-7K2M-9QX3",
    "status": "received",
    "token": "kF3v0Jt5W2y8mZ1aQ9bN4cR7dT6eU0gH",  # an example in the document  # nosec B105
    "status_url": "https://bag14.example/orders/B14-7K2M-9QX3/?token=kF3v0Jt5W2y8mZ1aQ9bN4cR7dT6eU0gH",
    "set": _SET,
    "lines": [_LINE],
    "language": "en",
    "created_at": "2026-11-21T20:15:00.123456Z",
}
ORDER: dict[str, Any] = {
    "number": "B14-7K2M-9QX3",
    "status": "shipped",
    "set": _SET,
    "language": "en",
    "created_at": "2026-11-21T20:15:00.123456Z",
    "lines": [
        {**_LINE, "shipped": 1, "status": "shipped"},
        {
            "id": 2,
            "piece": PIECE,
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

RECEIVED: dict[str, Any] = {
    **ORDER,
    "status": "received",
    "lines": [_LINE],
    "shipments": [],
    "events": ORDER["events"][:1],
}
IN_LIST: dict[str, Any] = {
    name: ORDER[name] for name in ("number", "status", "set", "language", "created_at")
}
CANCELLED: dict[str, Any] = {
    **RECEIVED,
    "status": "cancelled",
    "lines": [{**_LINE, "status": "cancelled"}],
    "events": [
        *RECEIVED["events"],
        {"at": "2026-11-21T20:20:00.123456Z", "type": "cancelled", "by": "customer"},
    ],
}
FOUND: dict[str, Any] = {
    **CANCELLED,
    "lines": [{**_LINE, "status": "found"}],
    "events": [
        *RECEIVED["events"],
        {"at": "2026-11-21T20:20:00.123456Z", "type": "found", "by": "customer"},
        {"at": "2026-11-21T20:20:00.123456Z", "type": "cancelled", "by": "customer"},
    ],
}
ADDRESS = {
    "line1": "Calle Mayor 1",
    "city": "Madrid",
    "region": "Madrid",
    "postal_code": "28013",
    "country": "ES",
}
EXPECTED = {"leaves_on": "2026-11-23", "arrives_on": "2026-11-27", "left": False, "waits": False}
LETTER = {
    "language": "en",
    "subject": "Your bag 14 is on its way, John",
    "body": "Dear John,\n\nthank you for writing to us...",
    "version": 1,
}
OFFER: dict[str, Any] = {
    "id": 5,
    "line": 2,
    "wanted": PIECE,
    "offered": {**PIECE, "part_num": "3001a", "element_ids": []},
    "quantity": 2,
    "offered_at": "2026-11-22T08:00:00.123456Z",
    "answer": "",
    "answered_at": None,
    "is_open": True,
}
OFFER_REQUEST = {
    "line": 2,
    "wanted": {"part_num": "3001", "color_id": 4},
    "offered": {"part_num": "3001a", "color_id": 4},
}
ANSWERED_OFFER: dict[str, Any] = {
    **OFFER,
    "answer": "yes",
    "answered_at": "2026-11-22T10:00:00.123456Z",
    "is_open": False,
}
CANDIDATE: dict[str, Any] = {
    **{name: OFFER[name] for name in ("line", "wanted", "offered", "quantity")},
    "available": 12,
}
MAIL: dict[str, Any] = {
    "id": 31,
    "kind": "shipped",
    "state": "sent",
    "created_at": "2026-11-22T09:30:00.123456Z",
    "sent_at": "2026-11-22T09:30:02.123456Z",
}
WORDS = {
    "to_identify": True,
    "described_set": "The cantina from the desert, bought last year",
    "described": "The round table is not in the box",
}
OPEN_LETTER: dict[str, Any] = {
    "version": 1,
    "note": "",
    "tone": "",
    "texts": [
        {"label": "Greeting", "composed": "Dear John,", "text": "Dear John,"},
        {"label": "Paragraph", "composed": "Your bag is on its way.", "text": "Your bag is on its way."},
        {"label": "Goodbye", "composed": "All the best", "text": "All the best"},
    ],
    "is_printed": False,
    "has_left": False,
}
WISHES: dict[str, Any] = {
    "version": 1,
    "note": "Emma, your spaceship is the best we have seen this year.",
    "tone": "",
    "texts": ["Dear John,", "Your bag is on its way.", "All the best"],
}
VERSION: dict[str, Any] = {
    "order": "B14-7K2M-9QX3",
    "version": 2,
    "language": "en",
    "subject": "Your bag 14 is on its way, John",
    "created_at": "2026-11-22T08:00:00.123456Z",
}
VERSION_WITH_BODY: dict[str, Any] = {**VERSION, "body": LETTER["body"]}
HELD: dict[str, Any] = {
    "order": "B14-7K2M-9QX3",
    "reason": "unprintable",
    "held_at": "2026-11-22T08:00:00.123456Z",
    "troubles": [{"what": "customer", "text": "\U00012000", "characters": "\U00012000"}],
}
MY_DATA: dict[str, Any] = {
    "number": "B14-7K2M-9QX3",
    "status": "shipped",
    "created_at": "2026-11-21T20:15:00.123456+00:00",
    "language": "en",
    "set": {"set_num": "75290-1", "name": "Mos Eisley Cantina"},
    "box_code": "45R0",
    "you": {
        "name": "John",
        "email": "john@example.com",
        "line1": "1 Main St",
        "line2": "",
        "city": "Springfield",
        "region": "IL",
        "postal_code": "62701",
        "country": "US",
        "builder_name": "Emma",
        "builder_age_band": "7-12",
        "message": "",
        "bought_at": "Target",
        "described_set": "",
        "described": "",
    },
    "lines": [{"bag": "14", "quantity": 1, "reason": "missing", "status": "shipped"}],
    "parcels": [
        {
            "status": "shipped",
            "carrier": "Post",
            "tracking_number": "RR123456785XX",
            "shipped_at": "2026-11-22T09:30:00.123456+00:00",
        }
    ],
    "letters": [
        {
            "version": 1,
            "created_at": "2026-11-21T20:15:02.123456+00:00",
            "subject": LETTER["subject"],
            "body": LETTER["body"],
        }
    ],
    "mails": [],
    "events": [{"at": "2026-11-21T20:15:00.123456+00:00", "type": "received", "by": "customer"}],
}

PROOF = {"proof": "1xYz3A:4bQkR7t0mJ2v8sW5nL6cP9dF1hG3eK0uXoZyTqBiVaM"}
ERASED = {"number": "B14-7K2M-9QX3", "erased_at": "2026-11-23T10:00:00.123456Z"}

PLACING = [
    OpenApiExample("A bag and some pieces", value=EXAMPLE_REQUEST, request_only=True),
    OpenApiExample("As little as possible", value=SMALLEST_REQUEST, request_only=True),
    OpenApiExample("Received", value=PLACED, response_only=True, status_codes=["201"]),
    OpenApiExample(
        "Everything wrong at once",
        value=_REFUSED,
        response_only=True,
        status_codes=["400"],
        media_type="application/problem+json",
    ),
]
READING = [OpenApiExample("Shipped", value=ORDER, response_only=True, status_codes=["200"])]

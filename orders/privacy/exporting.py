"""All that we know about an order, for its customer: what `orders.privacy.erasing` would erase, and the rest."""

from typing import Any

from django.db.models import Model

from notifications.models import Message
from orders.lifecycle import shown_line_status, shown_status
from orders.mails import order_reference
from orders.models import LetterVersion, Order, OrderContact

_CONTACT = (
    "name",
    "email",
    "line1",
    "line2",
    "city",
    "region",
    "postal_code",
    "country",
    "builder_name",
    "builder_age_band",
    "message",
    "bought_at",
    "described_set",
    "described",
)


def data_of(order: Order) -> dict[str, Any]:
    """The order, its contact, letters, mails, parcels and events, as plain values."""
    lines = list(order.lines.select_related("piece__part", "piece__color"))
    shipments = list(order.shipments.order_by("pk"))
    contact = OrderContact.objects.filter(order=order).first()
    letters = LetterVersion.objects.filter(letter__order=order).order_by("version")
    mails = Message.objects.filter(reference=order_reference(order)).order_by("pk")
    return {
        "number": order.number,
        "status": shown_status(order, lines, shipments),
        "created_at": order.created_at.isoformat(),
        "language": order.language,
        "set": {"set_num": order.set.set_num, "name": order.set.name},
        "box_code": order.box_code,
        "you": _values(contact, _CONTACT) if contact else {},
        "lines": [
            {
                **(
                    {"bag": line.bag_label}
                    if line.piece is None
                    else {
                        "part_num": line.piece.part.part_num,
                        "name": line.piece.part.name,
                        "color": line.piece.color.name,
                    }
                ),
                "quantity": line.quantity,
                "reason": line.reason,
                "status": shown_line_status(order, line),
            }
            for line in lines
        ],
        "parcels": [
            _values(each, ("status", "carrier", "tracking_number", "shipped_at")) for each in shipments
        ],
        "letters": [_values(each, ("version", "created_at", "subject", "body")) for each in letters],
        "mails": [
            _values(each, ("kind", "created_at", "sent_at", "to_email", "subject", "body")) for each in mails
        ],
        "events": [_values(each, ("at", "type", "by")) for each in order.events.all()],
    }


def _values(row: Model, names: tuple[str, ...]) -> dict[str, Any]:
    """These fields of a row; moments as text."""
    values = {name: getattr(row, name) for name in names}
    return {name: each.isoformat() if hasattr(each, "isoformat") else each for name, each in values.items()}

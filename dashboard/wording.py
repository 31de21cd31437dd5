"""The words that staff read for stored codes. A code without a word is shown as it is."""

from collections.abc import Iterable
from typing import Any

from orders.models import OrderLine
from warehouse.models import StockItem

EVENTS = {
    "received": "Received",
    "in_review": "Put aside for review",
    "approved": "Approved",
    "declined": "Declined",
    "allocated": "Stock reserved",
    "backordered": "Waits for stock",
    "reservation_lost": "Its reserved stock was missing",
    "substitute_offered": "Another piece offered",
    "substitute_answered": "Customer answered",
    "letter_written": "Letter written",
    "letter_waits": "Letter waits for service",
    "letter_released": "Letter released",
    "letter_changed": "Letter changed",
    "mail_sent_again": "Mail sent again",
    "mail_released": "Held mail sent",
    "late": "Customer informed of the delay",
    "picking": "Put into a wave",
    "picked_short": "Picked short",
    "picking_stopped": "Taken out of its wave",
    "printed": "Papers with the address printed",
    "packed": "Packed",
    "shipped": "Handed to the carrier",
    "delivered": "Delivered",
    "returned": "Came back",
    "sent_again": "Sent again",
    "trimmed": "Made smaller",
    "closed": "Closed",
    "cancelled": "Cancelled",
    "found": "Found again",
    "address_changed": "Address changed",
    "lines_added": "More asked for",
    "asked_again": "Customer wrote that something was wrong",
    "identified": "Set and pieces identified",
    "erased": "Personal data erased",
    "link_renewed": "New link mailed; the old one stopped working",
}

REVIEW_REASONS = {
    "bag_contents_unknown": "The contents of this bag are not entered yet",
    "described": "Described in words: find out what it is",
    "follows_another": "Follows another order",
    "many_pieces": "More pieces than one order may have",
    "many_figure_pieces": "More pieces of minifigures than one order may have",
    "many_bags": "More bags than one order may have",
    "web_address": "Something looks like a web address, a mail address or a telephone number",
    "many_from_network": "Many requests from this network within a day",
    "many_requests": "Many requests from this household",
}

# Why the papers of a wave could not be made, and what a packer can do.
PRINT_FAILURES = {
    "storage": "The server could not write or read the file: its disk is full, or the folder is closed to it.",
    "incomplete": "Some of the pages were missing when the parts were joined.",
    "other": "Something went wrong while the pages were made.",
}

# The fields of a request, for the reason `web_address`.
FIELDS = {
    "name": "the name",
    "builder_name": "the builder's name",
    "line1": "the street",
    "line2": "the second line of the address",
    "city": "the city",
    "region": "the region",
    "postal_code": "the postal code",
    "message": "the message",
    "bought_at": "where it was bought",
    "described_set": "the words for the set",
    "described": "the words for what is missing",
}

STATUSES = {
    "received": "new",
    "in_review": "in review",
    "allocated": "ready to pick",
    "backordered": "waits for stock",
    "picking": "being picked",
    "packed": "packed",
    "shipped": "on its way",
    "delivered": "delivered",
    "returned": "came back",
    "closed": "closed",
    "cancelled": "cancelled",
    "declined": "declined",
}

# The colour of a state: look (it needs a decision), wait, go (it needs work), good. The others are pale.
TONES = {
    "in_review": "look",
    "backordered": "wait",
    "received": "wait",
    "allocated": "go",
    "picking": "go",
    "packed": "go",
    "shipped": "good",
    "delivered": "good",
    "closed": "good",
}

MAIL_KINDS = {
    "letter": "Letter",
    "waiting": "Your parts are on order",
    "packed": "Your parcel is packed",
    "late": "It takes longer than we promised",
    "found": "All of it was found",
    "in_review": "We are looking at your request",
    "approved": "Your request is approved",
    "declined": "Your request is declined",
    "cancelled": "Your request is cancelled",
    "shipped": "Your parcel is on its way",
    "trimmed": "We send a part of your request",
    "substitute": "Will another piece do?",
    "address_changed": "Your parcel goes to another address",
    "link": "Link to the order",
    "new_link": "New link to the order",
    "download": "Link to the customer's data",
    "erase": "Link that erases the data",
    "alarm": "Alarm to ourselves",
}

MAIL_HOLDS = {
    "many_in_hour": "This mailbox has got as many mails as it may in an hour.",
    "many_in_day": "This mailbox has got as many mails as it may in a day.",
}

MAIL_STATES = {
    "failed": "It was not sent.",
    "bounced": "Its address, or the mail server there, refused it.",
}

# What failed, by the kind of its job.
JOB_KINDS = {
    "fulfil_order": "Reserve stock",
    "serve_waiting": "Give new stock to those who wait",
    "look_again": "Find orders that were left undone",
    "write_letter": "Write the letter",
    "send_message": "Send a mail",
    "mail_waiting": "Mail that parts are on order",
    "late_notices": "Mail those who wait longer than promised",
    "mail_link": "Mail the link to an order",
    "print_wave": "Make the papers of a wave",
    "import_catalog": "Import the catalogue",
    "index_catalog": "Make the search index",
    "retention": "Remove old personal data",
    "replay_failed": "Try failed work again",
    "lost_mails": "Send a lost mail",
}

JOB_REASONS = {
    "fault": "An error that waiting does not mend.",
    "too_long": "It was tried for days and did not pass.",
    "lost": "It ended its program, or took too long, each time.",
}

LETTER_HOLDS = {
    "unprintable": "It cannot be printed as it is: our fonts lack some of its characters.",
    "untrue": "Its text does not agree with the order.",
}

MOVEMENTS = {
    "received": "received",
    "counted": "counted",
    "moved": "moved",
    "adjusted": "adjusted",
    "picked": "picked",
    "put_back": "put back",
    "not_found": "not found",
    "damaged": "damaged",
    "other_bin": "in another bin",
    "returned": "came back",
}

PRUNED = {
    "leftovers": "rows of orders erased before",
    "access_log": "lines about who saw what",
    "sessions": "ended sessions",
    "admin_log": "texts of the records' log",
}

ANSWERS = {
    "yes": "Yes, that will do",
    "no": "No, not that one",
    "wait": "The customer prefers to wait",
    "send_rest": "Send the rest without it",
}

END_REASONS = {
    "asked": "the customer asked for it",
    "found": "everything was found",
    "waived": "the customer does without",
    "returned": "the returned parcel is not sent again",
    "given_up": "the rest is not sent",
    "erased": "personal data erased",
}


def review_words(reason: str, fields: Iterable[str] = ()) -> str:
    """Why an order is put aside; `fields`: where something looks like an address in the net."""
    words = REVIEW_REASONS.get(reason, reason)
    named = ", ".join(FIELDS.get(name, name) for name in fields) if reason == "web_address" else ""
    return f"{words}: {named}" if named else words


def item_words(item: StockItem) -> str:
    """An item in words. Its piece, part, colour, bag and set must be loaded already."""
    if item.piece is not None:
        return f"{item.piece.part.name}, {item.piece.color.name}"
    if item.bag is not None:
        return f"Bag {item.bag.label} of {item.bag.set.set_num}, packed"
    return item.sku


def end_words(reason: str) -> str:
    """Why an order ended."""
    return END_REASONS.get(reason, reason)


def event_details(type_: str, data: dict[str, Any]) -> str:
    """The details of an event, in words."""
    if type_ == "in_review":
        return "; ".join(REVIEW_REASONS.get(reason, reason) for reason in data.get("reasons", []))
    if type_ in ("cancelled", "declined", "closed"):
        reason = str(data.get("reason", ""))
        return "all of it is on its way" if type_ == "closed" and not reason else end_words(reason)
    if type_ == "erased" and data.get("reason") == "retention":
        return "its time was up"
    if type_ == "asked_again":
        return f"order {data.get('number')}"
    if type_ in ("letter_written", "letter_changed"):
        return f"version {data.get('version')}"
    if type_ == "picking":
        return f"wave {data.get('wave')}, parcel {data.get('shipment')}"
    if type_ == "picked_short":
        reason = str(data.get("reason", ""))
        return f"line {data.get('line')}: {MOVEMENTS.get(reason, reason)}"
    if type_ == "substitute_answered":
        return ANSWERS.get(str(data.get("answer")), "")
    if type_ == "trimmed":
        return f"line {data.get('line')}: {data.get('sent')} of {data.get('asked')}"
    if type_ == "reservation_lost":
        return f"line {data.get('line')}: {data.get('quantity')}"
    if type_ == "printed":
        times = data.get("times", 1)
        return f"parcel {data.get('shipment')}{'' if times == 1 else f', {times} times by now'}"
    if type_ == "found":
        return f"line {data.get('line')}"
    if "shipment" in data:
        return f"parcel {data['shipment']}"
    return ""


def label_words(line: OrderLine) -> str:
    """The label of a line's bag, with a note where no bag of ours bears it: it is unknown, or the customer typed it."""
    if not any(symbol.isalnum() for symbol in line.bag_label):
        return f"{line.bag_label} (label unknown)"
    return line.bag_label if line.bag_id is not None else f"{line.bag_label} (as the customer typed it)"

"""John's request as the web form sends it, and readers of the page that comes back."""

import re
from html import unescape
from typing import Any

from django.test import Client

HERE = "/sets/75290-1/request/"
JOHNS = {
    "bag": "14",
    "bag_reason": "missing",
    "name": "John",
    "email": "john@example.com",
    "country": "US",
    "line1": "1 Main St",
    "city": "Springfield",
    "region": "IL",
    "postal_code": "62701",
    "language": "en",
    "nonce": "johns-form",
}


def send(client: Client, action: str = "place", **changes: Any) -> Any:
    """John's form, with changes; None leaves a field out."""
    data = {name: value for name, value in {**JOHNS, **changes}.items() if value is not None}
    return client.post(HERE, {**data, "action": action})


def inputs_of(page: str) -> dict[str, str]:
    """The text inputs of a page by name, as a browser would send them."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            found[name[1]] = unescape(value[1])
    return found


def errors_of(page: str) -> set[str]:
    """The fields that the summary links to."""
    return set(re.findall(r'<li><a href="#id_([^"]+)">', page))


def ticked(page: str) -> list[str]:
    """The labels of the bags that are ticked."""
    return re.findall(r'name="bag" value="([^"]+)"(?:\s+id="id_bag")?\s+checked', page)

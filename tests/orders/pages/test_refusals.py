"""What the web form refuses: errors stand at the field and in the summary, in the page's language; the text stays."""

import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from core.models import IdempotencyKey
from orders.models import Order, OrderContact
from tests.cast import SmallSet
from tests.orders.pages.web_form import HERE, JOHNS, errors_of, inputs_of, send

pytestmark = [pytest.mark.django_db, pytest.mark.once, pytest.mark.slow]


BAD: dict[str, tuple[dict[str, Any], set[str]]] = {
    "nothing chosen": ({"bag": None}, {"bag"}),
    "a bag the set has not": ({"bag": "99"}, {"bag"}),
    "a bag with a control character": ({"bag": "1\x07"}, {"bag"}),
    "the same bag twice": ({"bag": ["14", "14"]}, {"bag"}),
    "an unknown reason for the bag": ({"bag_reason": "stolen"}, {"bag_reason"}),
    "no name": ({"name": ""}, {"name"}),
    "a name of blanks": ({"name": "   "}, {"name"}),
    "a name of 10,000 characters": ({"name": "J" * 10_000}, {"name"}),
    "a name with control characters": ({"name": "Jo\x1bhn"}, {"name"}),
    "no e-mail address": ({"email": ""}, {"email"}),
    "a word for an e-mail address": ({"email": "john"}, {"email"}),
    "no address": (
        {"line1": "", "city": "", "region": "", "postal_code": ""},
        {"line1", "city", "region", "postal_code"},
    ),
    "a postal code of another country": ({"postal_code": "SW1A 1AA"}, {"postal_code"}),
    "a state of another country": ({"region": "Bavaria"}, {"region"}),
    "no country": ({"country": ""}, {"country"}),
    "a country that is none": ({"country": "XX"}, {"country"}),
    "words for a country": ({"country": "Springfield, USA"}, {"country"}),
    "a language we do not write": ({"language": "tlh"}, {"language"}),
    "an age of our own making": ({"age_band": "99"}, {"age_band"}),
    "a builder's name too long": ({"builder_name": "E" * 201}, {"builder_name"}),
    "a box code too long": ({"box_code": "4" * 81}, {"box_code"}),
    "a shop too long": ({"bought_at": "T" * 81}, {"bought_at"}),
    "a word to the packers too long": ({"message": "M" * 1001}, {"message"}),
    "a word to the packers that rings a bell": ({"message": "ding\x07"}, {"message"}),
    "a quantity in words": ({"piece": "3001:4", "quantity": "two", "reason": "lost"}, {"quantity-0"}),
    "no quantity": ({"piece": "3001:4", "quantity": "", "reason": "lost"}, {"quantity-0"}),
    "none of a piece": ({"piece": "3001:4", "quantity": "0", "reason": "lost"}, {"quantity-0"}),
    "less than none of a piece": ({"piece": "3001:4", "quantity": "-1", "reason": "lost"}, {"quantity-0"}),
    "half a piece": ({"piece": "3001:4", "quantity": "1.5", "reason": "lost"}, {"quantity-0"}),
    "more pieces than the set has": ({"piece": "3001:4", "quantity": "7", "reason": "lost"}, {"quantity-0"}),
    "a huge quantity": ({"piece": "3001:4", "quantity": "9" * 5000, "reason": "lost"}, {"quantity-0"}),
    "an unknown reason": ({"piece": "3001:4", "quantity": "1", "reason": "eaten"}, {"reason-0"}),
    "an unknown piece": ({"piece": "nothing:4", "quantity": "1", "reason": "lost"}, {"quantity-0"}),
    "a key that is none": ({"piece": "3001", "quantity": "1", "reason": "lost"}, {"quantity-0"}),
    "a colour beyond all numbers": (
        {"piece": "3001:" + "9" * 40, "quantity": "1", "reason": "lost"},
        {"quantity-0"},
    ),
    "a piece of another set": ({"piece": "9999:1", "quantity": "1", "reason": "lost"}, {"quantity-0"}),
    "the second of two pieces wrong": (
        {"piece": ["3001:4", "3024:71"], "quantity": ["1", "x"], "reason": ["lost", "lost"]},
        {"quantity-1"},
    ),
    "everything at once": (
        {"bag": "99", "name": "", "email": "x", "postal_code": "1", "builder_name": "E" * 201},
        {"bag", "name", "email", "postal_code", "builder_name"},
    ),
}


@pytest.mark.parametrize("action", ["check", "place"])
@pytest.mark.parametrize("what", BAD)
def test_a_refusal_stands_in_the_summary_and_beside_its_field_and_keeps_what_was_typed(
    client: Client, cantina: SmallSet, what: str, action: str
) -> None:
    changes, fields = BAD[what]
    response = send(client, action, **changes)
    page = response.content.decode()
    assert response.status_code == 200
    assert errors_of(page) == fields
    assert not Order.objects.exists()
    assert not IdempotencyKey.objects.exists()
    for name in fields:
        assert f'id="id_{name}-error"' in page or 'class="error"' in page
        assert f'id="id_{name}"' in page, "the summary's link leads nowhere"
    typed = inputs_of(page)
    for name, value in changes.items():
        if (
            name in typed
            and name not in ("bag", "bag_reason", "language", "age_band")
            and isinstance(value, str)
        ):
            assert typed[name] == value


@pytest.mark.parametrize("language", ["es", "fa"])
def test_every_refusal_speaks_the_language_of_the_page(
    client: Client, cantina: SmallSet, language: str
) -> None:
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    for changes, fields in BAD.values():
        page = send(client, "check", **changes).content.decode()
        english = send(Client(), "check", **changes).content.decode()
        said = re.findall(r'<li><a href="#id_[^"]+">([^<]+)</a>', english)
        assert len(said) >= len(fields)
        assert not [sentence for sentence in said if sentence in page]


NAUGHTY = [
    '#eval("1")',
    "{{ x }}",
    "{% load i18n %}",
    "<b>bold</b><script>alert(1)</script>",
    "O'Brien; DROP TABLE orders;--",
    "\u202eevil",
    "Ǆ\u0301\u0301",
    "𝔍𝔬𝔥𝔫 🧱",
    "مریم (Maryam)",
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("name", NAUGHTY)
def test_an_odd_name_is_a_name(client: Client, cantina: SmallSet, name: str) -> None:
    checked = send(client, "check", name=name).content.decode()
    assert inputs_of(checked)["name"] == name
    assert "<b>bold" not in checked
    send(client, name=name)
    assert OrderContact.objects.get().name == name


HALF_A_SURROGATE = "\ud800".encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("value", ["\x00", HALF_A_SURROGATE, "9" * 400, "%s%n", "[]", "\u202e"])
def test_no_data_breaks_the_page(client: Client, cantina: SmallSet, value: Any) -> None:
    for field in ("piece", "quantity", "reason", "find", "found", "page", *JOHNS):
        assert send(client, "check", **{field: value}).status_code == 200
        assert send(client, "place", **{field: value}).status_code in (200, 302)
    everything = dict.fromkeys(("piece", "quantity", "reason", "find", "found", "page", *JOHNS), value)
    for action in ("enter", "find", "add:", "drop:", "language:", "country", "change", "nonsense"):
        assert send(client, action, **everything).status_code == 200
        assert send(client, f"{action}{value!s}", **everything).status_code == 200


def test_no_query_breaks_the_page(client: Client, cantina: SmallSet) -> None:
    for odd in ("\x00", "9" * 400, "3001:" + "9" * 30, ":", "-1:-1", "x" * 5000):
        for name in ("piece", "bag"):
            assert client.get(HERE, {name: odd}).status_code == 200


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/octet-stream"])
def test_another_content_type_is_a_form_with_nothing_in_it(
    client: Client, cantina: SmallSet, content_type: str
) -> None:
    response = client.post(HERE, json.dumps(JOHNS), content_type=content_type)
    assert response.status_code == 200
    assert {"bag", "name", "email"} <= errors_of(response.content.decode())


def test_a_form_that_cannot_be_read_is_refused_politely(client: Client, cantina: SmallSet) -> None:
    broken = client.post(HERE, b"--x\r\nnonsense", content_type="multipart/form-data; boundary=")
    assert broken.status_code == 400
    assert b"We could not read that" in broken.content


def test_an_unknown_set_is_a_page_that_says_so(client: Client) -> None:
    for path in (
        "/sets/99999-1/request/",
        "/sets/%00/request/",
        "/sets/..%5C/request/",
        f"/sets/{'9' * 300}/request/",
    ):
        response = client.get(path)
        assert response.status_code == 404
        assert b"There is nothing here" in response.content

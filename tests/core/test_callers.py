"""Whom a request counts for: no caller chooses it, and no bad header puts all callers into one counter."""

import logging
from typing import Any

import pytest
from django.test import RequestFactory

from core import callers
from core.callers import client_address

pytestmark = pytest.mark.once

PROXY = "10.0.0.5"


def address(forwarded: str | None, *, peer: str = PROXY) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer))


@pytest.fixture(autouse=True)
def _one_proxy(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.TRUSTED_PROXIES = 1
    monkeypatch.setattr(callers, "_untold", callers._Warning())
    monkeypatch.setattr(callers, "_missing", callers._Warning())


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ('"203.0.113.9:51234"', "203.0.113.9"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("[fe80::1%eth0]:443", "fe80::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ("64:ff9b::203.0.113.9", "203.0.113.9"),
    ],
)
def test_an_address_is_read_in_every_form_that_proxies_write(entry: str, name: str) -> None:
    assert address(entry) == name
    assert address(f"198.51.100.1, {entry}") == name


@pytest.mark.parametrize(
    "garbage", ["", " ", "unknown", "_hidden", "-1", "203.0.113", "999.1.1.1", "::zz", "x" * 9000]
)
def test_an_entry_that_cannot_be_read_shares_no_counter_with_those_that_can(garbage: str) -> None:
    name = address(f"198.51.100.1, {garbage}")
    assert name == f"unreadable, from {PROXY}"
    assert name not in (address("198.51.100.1"), address(None), address(garbage, peer="10.0.0.6"))


def test_a_header_that_is_not_ascii_shares_no_counter_with_the_proxy_itself() -> None:
    assert address("") == f"unreadable, from {PROXY}" != address(None)


def test_a_caller_cannot_choose_the_counter() -> None:
    assert {
        address(f"{pretended}, 203.0.113.9") for pretended in ("192.0.2.1", "192.0.2.2, 192.0.2.3", ",,", "")
    } == {"203.0.113.9"}


def test_an_empty_entry_moves_no_other_into_its_place(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 2
    assert address("192.0.2.1, , 10.0.0.4") == f"unreadable, from {PROXY}"


@pytest.mark.parametrize("proxies", [2, 3])
def test_a_request_with_fewer_entries_than_proxies_counts_for_the_first_of_them(
    settings: Any, proxies: int
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address("203.0.113.9") == "203.0.113.9"


def test_a_stranger_who_comes_past_the_proxies_counts_for_the_own_address(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 2
    assert {address(f"192.0.2.{n}", peer="9.9.9.9") for n in range(5)} == {"9.9.9.9"}


def test_without_proxies_the_header_means_nothing(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 0
    assert {address(f"192.0.2.{n}", peer="9.9.9.9") for n in range(5)} == {"9.9.9.9"}


def test_without_the_header_the_peer_counts() -> None:
    assert address(None) == PROXY
    assert address(None, peer="") == "unknown"


def test_an_undeclared_proxy_is_named_in_the_log_once(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PRODUCTION, settings.TRUSTED_PROXIES = True, 0
    with caplog.at_level(logging.WARNING):
        address("192.0.2.1", peer="9.9.9.9")  # a stranger's own header
        assert caplog.messages == []
        for n in range(5):
            address(f"192.0.2.{n}")
    assert caplog.messages == [
        f"X-Forwarded-For arrives from {PROXY}, and TRUSTED_PROXIES is 0: is this a proxy of yours?"
    ]


def test_more_proxies_than_there_are_is_named_in_the_log_once(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TRUSTED_PROXIES = 3
    with caplog.at_level(logging.WARNING):
        for n in range(5):
            address(f"192.0.2.{n}")
    assert caplog.messages == ["TRUSTED_PROXIES is 3, and X-Forwarded-For has 1 addresses."]

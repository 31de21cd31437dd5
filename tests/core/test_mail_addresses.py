"""E-mail addresses as people type them: what is kept, and what no mail reaches."""

import pytest

from core.mail_addresses import UnusableAddress, comparable_address, sendable_address, usable_address

KEPT = {
    " John@Example.com ": "John@Example.com",
    "ali@example.com\u200f": "ali@example.com",
    "\u202aali@example.com\u202c": "ali@example.com",
    # IDNA 2008. By the old rules it would reach strasse.de, which is another server.
    "user@straße.de": "user@xn--strae-oqa.de",
    "a@mañana.es": "a@xn--maana-pta.es",
    "a@ＥＸＡＭＰＬＥ.com": "a@example.com",
    "a@مثال.ایران": "a@xn--mgbh0fb.xn--mgba3a4f16a",
    "a@xn--ls8h.la": "a@xn--ls8h.la",
    "o'neil+lego@example.co.uk": "o'neil+lego@example.co.uk",
    "mailto:john@example.com": "john@example.com",
}
REFUSED = (
    "niña@correo.example",
    "x@[127.0.0.1]",
    "x@[IPv6:::1]",
    "x@localhost",
    "john@example",
    "|cat@example.com",
    "a@b@c.com",
    "a..b@example.com",
    "John <john@example.com>",
    "a@☃.com",
    f"a@{'ü' * 60}.de",
    f"a@{'.'.join(['ü' * 30] * 7)}.de",
    f"a@{'b' * 64}.com",
    "a@example..com",
    "a@\u200dab.com",
    "@example.com",
    "",
)


@pytest.mark.parametrize("typed", KEPT)
def test_address_is_kept_as_servers_know_it(typed: str) -> None:
    assert usable_address(typed) == KEPT[typed]


@pytest.mark.parametrize("typed", REFUSED)
def test_address_that_no_mail_reaches_is_refused(typed: str) -> None:
    with pytest.raises(UnusableAddress):
        usable_address(typed)


@pytest.mark.parametrize("kept", ["a@localhost", "|cat@example.com", "a@[127.0.0.1]"])
def test_address_of_older_data_that_can_be_written_is_tried(kept: str) -> None:
    assert sendable_address(kept) == kept


def test_two_ways_to_type_one_address_are_one() -> None:
    assert comparable_address("Mailto:User@Straße.de") == comparable_address("user@xn--strae-oqa.de")
    assert comparable_address("no address") == "no address"

"""Carriers as small adapters: what each makes of a tracking number. One that speaks to a carrier's own service is
written beside these and named in the setting CARRIERS; the manual one takes what staff type.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote

from django.conf import settings
from django.utils.module_loading import import_string


class Carrier(Protocol):
    """What the house asks of a carrier. Called before the parcel's transaction begins, so it may take its time."""

    @property
    def name(self) -> str: ...

    def plain_number(self, typed: str) -> str:
        """The tracking number in its own form. Raises ValueError with a sentence for what cannot be one."""
        ...

    def tracking_url(self, tracking_number: str) -> str:
        """Where the parcel can be followed; empty where nowhere."""
        ...


@dataclass(frozen=True, slots=True)
class ManualCarrier:
    """Staff hand the parcel over and type the number, if there is one; any will do."""

    name: str
    link: str = ""  # with {number} in the place of the tracking number

    def plain_number(self, typed: str) -> str:
        return typed.strip()

    def tracking_url(self, tracking_number: str) -> str:
        if not self.link or not tracking_number:
            return ""
        return self.link.replace("{number}", quote(tracking_number, safe=""))


def carriers() -> tuple[Carrier, ...]:
    """Those that the setting CARRIERS names: `Post`, `Post=https://.../{number}`, or the dotted path of an adapter."""
    return _made_of(tuple(settings.CARRIERS))


def carrier_named(name: str) -> Carrier:
    """The carrier of this name in any case; one that nobody set up is handed over by hand."""
    wanted = name.strip()
    for carrier in carriers():
        if carrier.name.casefold() == wanted.casefold():
            return carrier
    return ManualCarrier(wanted)


@lru_cache(maxsize=4)
def _made_of(names: tuple[str, ...]) -> tuple[Carrier, ...]:
    return tuple(_made(name) for name in names)


def _made(text: str) -> Carrier:
    name, _, link = text.partition("=")
    if not link and name.count(".") > 1:
        made: Carrier = import_string(name)()
        return made
    return ManualCarrier(name.strip(), link.strip())

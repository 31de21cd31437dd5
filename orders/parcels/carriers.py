"""Carriers as small adapters: each checks a tracking number and links to it.

An adapter that calls a carrier's own service is written beside these and named in the setting CARRIERS; the manual
carrier takes what staff type.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote

from django.conf import settings
from django.utils.module_loading import import_string


class Carrier(Protocol):
    """What we need from a carrier. Called before the shipment's transaction begins, so it may be slow."""

    @property
    def name(self) -> str: ...

    def plain_number(self, typed: str) -> str:
        """The tracking number in the carrier's form. Raises ValueError with a sentence for text that cannot be one."""
        ...

    def tracking_url(self, tracking_number: str) -> str:
        """The page that tracks the parcel; empty where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class ManualCarrier:
    """Staff hand the parcel over and type its number, if it has one; every text is accepted."""

    name: str
    link: str = ""  # with {number} in the place of the tracking number

    def plain_number(self, typed: str) -> str:
        return typed.strip()

    def tracking_url(self, tracking_number: str) -> str:
        if not self.link or not tracking_number:
            return ""
        return self.link.replace("{number}", quote(tracking_number, safe=""))


def carriers() -> tuple[Carrier, ...]:
    """The carriers of the setting CARRIERS: `Post`, `Post=https://.../{number}`, or the dotted path of an adapter."""
    return _load_carriers(tuple(settings.CARRIERS))


def carrier_named(name: str) -> Carrier:
    """The carrier of this name, in any case; a manual one where the setting CARRIERS does not name it."""
    wanted = name.strip()
    for carrier in carriers():
        if carrier.name.casefold() == wanted.casefold():
            return carrier
    return ManualCarrier(wanted)


@lru_cache(maxsize=4)
def _load_carriers(names: tuple[str, ...]) -> tuple[Carrier, ...]:
    return tuple(_load_carrier(name) for name in names)


def _load_carrier(text: str) -> Carrier:
    name, _, link = text.partition("=")
    if not link and name.count(".") > 1:
        adapter: Carrier = import_string(name)()
        return adapter
    return ManualCarrier(name.strip(), link.strip())

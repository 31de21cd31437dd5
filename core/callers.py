"""Where a request comes from, for counting it towards limits (decision 45)."""

import ipaddress
import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

log = logging.getLogger(__name__)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# An IPv4 address inside an IPv6 one: behind such a prefix stands the whole world, not one household.
CARRIES_IPV4 = ipaddress.IPv6Network("64:ff9b::/96")
WARN_EVERY_SECONDS = 3600.0


def client_address(request: HttpRequest) -> str:
    """The caller's address. For IPv6 it is the network, since one household has a whole /64.

    Each trusted proxy appends the address it saw to X-Forwarded-For. A caller can write anything before that, so
    entries are counted from the end, and an empty one counts too.

    A header that cannot be read never puts the caller into a counter that others share: the name says so, and honest
    callers, whose headers can be read, have other names.
    """
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    # The web server passes on a header that is not ASCII as an empty one: it is there, and cannot be read.
    header = request.META.get("HTTP_X_FORWARDED_FOR")
    proxies = settings.TRUSTED_PROXIES
    if header is None or not proxies:
        if header is not None and settings.PRODUCTION and _may_be_our_proxy(peer):
            _untold.warn(
                "X-Forwarded-For arrives from %s, and TRUSTED_PROXIES is 0: is this a proxy of yours?", peer
            )
        return _name(peer)
    entries = header.split(",")
    if len(entries) < proxies:
        # The request has passed fewer proxies. A stranger who reaches us past all of them could have written it.
        if not _may_be_our_proxy(peer):
            return _name(peer)
        _missing.warn("TRUSTED_PROXIES is %d, and X-Forwarded-For has %d addresses.", proxies, len(entries))
    caller = _parsed(entries[-min(proxies, len(entries))])
    return f"unreadable, from {_name(peer)}" if caller is None else _name(caller)


def _parsed(text: str) -> Address | None:
    """The address in `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]:443`, also with a zone (`%eth0`)."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _name(address: Address | None) -> str:
    if address is None:
        return "unknown"  # the web server listens on a socket without addresses, and no proxy says more
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    inner = address.ipv4_mapped
    if inner is None and address in CARRIES_IPV4:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return str(inner or ipaddress.ip_network((address, 64), strict=False))


def _may_be_our_proxy(peer: Address | None) -> bool:
    """Whether the peer stands in our own network. No address at all is a socket on this machine."""
    return peer is None or not peer.is_global


@dataclass(slots=True)
class _Warning:
    """Once in a while for each process: the cause stays until an operator changes a setting."""

    next_at: float = 0.0

    def warn(self, message: str, *values: object) -> None:
        now = time.monotonic()
        if now >= self.next_at:
            self.next_at = now + WARN_EVERY_SECONDS
            log.warning(message, *values)


_untold, _missing = _Warning(), _Warning()

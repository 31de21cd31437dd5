"""How many things each program does at once: CONCURRENCY, such as `web=2,mail=8`."""

import re
from collections.abc import Mapping
from types import MappingProxyType

#: `web` counts processes, `pages` the threads of each that serve pages; `letters` and `catalog` count processes too,
#: the others threads. What is left out keeps its value.
DEFAULTS: Mapping[str, int] = MappingProxyType(
    {
        "web": 2,
        "pages": 4,
        "fulfilment": 2,
        "letters": 1,
        "mail": 4,
        "sweep": 1,
        "catalog": 2,
    }
)
MOST = 64
_PART = re.compile(r"([a-z]+)=([1-9][0-9]?)", re.ASCII)


def read_concurrency(text: str) -> dict[str, int]:
    """The numbers for each program. Raises ValueError for what names none, or too many."""
    wanted = dict(DEFAULTS)
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _PART.fullmatch(part)
        if match is None or match[1] not in DEFAULTS or int(match[2]) > MOST:
            raise ValueError(part)
        wanted[match[1]] = int(match[2])
    return wanted

"""The scopes that limit a program's key. A key without scopes may do all that its role, or its orders, allow."""

from collections.abc import Iterable

SCOPES = {
    "orders:read": "list and read orders",
    "orders:write": "place, change, cancel and follow up orders",
    "letters:read": "read letters and mails",
    "letters:write": "change letters, release waiting ones, send mails again",
    "review": "decide on requests in review, find out what they mean, offer other pieces, enter the contents of a bag",
    "stock:read": "read stock and its movements",
    "stock:write": "enter movements, counts and weights",
    "picking": "waves, picks and parcels",
    "reports:read": "read the defect reports",
    "catalogue:write": "import a catalogue, correct it",
}


def unknown_scopes(scopes: Iterable[str]) -> list[str]:
    """The given scopes that do not exist, sorted."""
    return sorted(set(scopes) - SCOPES.keys())


def kept_scopes(scopes: Iterable[str]) -> str:
    """Scopes as a key stores them: each once, sorted, separated by a blank. Raises ValueError for an unknown one."""
    wanted = set(scopes)
    if unknown := unknown_scopes(wanted):
        raise ValueError(f"There is no scope {', '.join(unknown)}. There are: {', '.join(SCOPES)}.")
    return " ".join(sorted(wanted))

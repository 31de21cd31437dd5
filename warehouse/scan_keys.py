"""An entry that is scanned or typed counts once, however often it is sent."""

from core.refusals import Problem, Refusal
from warehouse.models import Entry, StockMovement

MAX_KEY = 64


def enter_once(key: str) -> Entry | None:
    """Store the key of an entry, in the caller's transaction. Returns None if the same entry was sent before.

    Of two at once, the second waits for the first's transaction and then gets None. Raises Refusal `invalid`.
    """
    if len(key) > MAX_KEY:
        raise Refusal(
            "invalid", problems=[Problem("/key", "too_long", f"A key has at most {MAX_KEY} characters.")]
        )
    entry, is_new = Entry.objects.get_or_create(key=key)
    return entry if is_new else None


def entered_before(key: str) -> StockMovement:
    """The movement that the entry with this key made. Raises Refusal 409 `key_of_another_entry`."""
    entry = Entry.objects.select_related("movement").get(key=key)
    if entry.movement is None:
        raise Refusal("key_of_another_entry", "This key was used for something else.", status=409)
    return entry.movement

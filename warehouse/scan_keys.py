"""What is scanned or typed once counts once, however often it is sent."""

from core.refusals import Problem, Refusal
from warehouse.models import Entry, StockMovement

MAX_KEY = 64


def enter_once(key: str) -> Entry | None:
    """Take down the key of an entry, in the caller's transaction. None where the same was entered before.

    Two at once: the second waits for the first's transaction and is then told. Raises Refusal `invalid`.
    """
    if len(key) > MAX_KEY:
        raise Refusal(
            "invalid", problems=[Problem("/key", "too_long", f"A key has at most {MAX_KEY} characters.")]
        )
    entry, is_new = Entry.objects.get_or_create(key=key)
    return entry if is_new else None


def entered_before(key: str) -> StockMovement:
    """The movement that an entry of this key has made. Raises Refusal 409 `key_of_another_entry`."""
    entry = Entry.objects.select_related("movement").get(key=key)
    if entry.movement is None:
        raise Refusal("key_of_another_entry", "This key was used for something else.", status=409)
    return entry.movement

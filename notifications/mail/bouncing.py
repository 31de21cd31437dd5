"""What mail providers report afterwards: a mail bounced, or was never delivered.

django-anymail accepts a report with the provider's own signature or our secret, and passes it on by its signal.
"""

from typing import Any

from notifications.models import Message

#: The provider's events for a mail that its reader will not see.
LOST = frozenset({"bounced", "rejected", "failed"})


def note_event(sender: Any, event: Any, esp_name: str, **more: Any) -> None:
    """The signal's receiver. Only a lost mail changes anything."""
    if event.event_type in LOST:
        note_bounce(
            message=str((event.metadata or {}).get("message", "")),
            provider_id=event.message_id or "",
            reason=f"{event.event_type} by {esp_name}: {event.reject_reason or 'no reason given'}",
        )


def note_bounce(*, message: str, provider_id: str, reason: str) -> bool:
    """Mark a mail as bounced, by our id or the provider's. Returns whether that was new."""
    rows = Message.objects.exclude(state__in=[Message.State.BOUNCED, Message.State.FAILED])
    if message.isascii() and message.isdecimal() and len(message) < 19:
        rows = rows.filter(pk=int(message))
    elif provider_id:
        rows = rows.filter(provider_id=provider_id[:200])
    else:
        return False
    return bool(rows.update(state=Message.State.BOUNCED, last_error=reason[:200]))

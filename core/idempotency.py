"""Idempotency-Key: a request that is sent again gets its first answer again, and does nothing again.

The key, the answer and the work commit together, so the answer is kept even if the process dies before it replies.
Equal requests at the same time queue at the key's row: one works, the others give its answer. Refusals are not kept,
since they changed nothing: a corrected request may use the same key.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core.database_trouble import waited_too_long
from core.models import IdempotencyKey
from core.refusals import Problem, Refusal

KEPT = timedelta(days=1)
MAX_KEY = 255
# The status of a kept answer whose data was erased: the row stays, so that the request is not done a second time.
ERASED = 410
WAIT_FOR_THE_FIRST = "5s"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `reference` names whose data the body holds, so that erasing finds it."""

    status: int
    body: dict[str, Any]
    reference: str = ""


def check_key(key: str) -> str:
    """The key as sent. Raises Refusal `invalid`.

    An empty key is refused too: the web server passes a key that is not ASCII as an empty one, and the caller relies
    on it.
    """
    if not 0 < len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        detail = _("Give an Idempotency-Key of 1 to 255 printable ASCII characters.")
        raise Refusal("invalid", detail, problems=[Problem("", "invalid_idempotency_key", detail)])
    return key


def hashed(*parts: object) -> str:
    """A digest that recognises a caller or a request. It is keyed, so that a name or address cannot be found by
    trying.
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, default=str)
    return salted_hmac("core.idempotency", text, algorithm="sha256").hexdigest()


def once(
    *, callers: Sequence[str], key: str, operation: str, request_hash: str, work: Callable[[], Answer]
) -> Answer:
    """Do the work, unless this request was answered before; then return that answer.

    `callers` are the names the key belongs to; any of them finds the answer. The work runs in the transaction that
    keeps its answer. Raises Refusal 422 `idempotency_key_reused`, 409 `request_in_progress`, 410 `erased`.
    """
    wanted = (callers, key, operation, request_hash)
    for _try in range(2):
        try:
            with transaction.atomic():
                try:
                    _claim(*wanted)
                except OperationalError as error:
                    if not waited_too_long(error):
                        raise
                    raise _in_progress() from error
                answer = work()
                # The body as text: PostgreSQL's JSON type loses the order of names, and the answer must be the same
                # again.
                IdempotencyKey.objects.filter(caller__in=callers, key=key).update(
                    status=answer.status, body=json.dumps(answer.body), reference=answer.reference
                )
                return answer
        except _Taken:
            kept = _kept_answer(*wanted)
            if kept is not None:
                return kept
            # The first request was rolled back meanwhile, or its answer is older than a day.
            stale = timezone.now() - KEPT
            IdempotencyKey.objects.filter(caller__in=callers, key=key, created_at__lt=stale).delete()
    raise _in_progress()


class _Taken(Exception):
    """The key was used before."""


def _claim(callers: Sequence[str], key: str, operation: str, request_hash: str) -> None:
    """Write the key's rows. It is the transaction's first statement, and a second request waits here. Raises _Taken.

    No statement of the transaction waits longer than `WAIT_FOR_THE_FIRST` for a lock: a program can ask again.
    """
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    rows = [(caller, key, operation, request_hash, now) for caller in sorted(callers)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_FOR_THE_FIRST}'")
        # Raw SQL, because the ORM does not say whether a row was there before.
        cursor.execute(
            _CLAIM + ", ".join([_ROW] * len(rows)) + _UNLESS_TAKEN, [v for row in rows for v in row]
        )
        if len(cursor.fetchall()) < len(rows):
            raise _Taken


_CLAIM = (
    "INSERT INTO core_idempotencykey (caller, key, operation, request_hash, created_at, reference) VALUES "
)
_ROW = "(%s, %s, %s, %s, %s, '')"
_UNLESS_TAKEN = " ON CONFLICT (caller, key) DO NOTHING RETURNING id"


def _kept_answer(callers: Sequence[str], key: str, operation: str, request_hash: str) -> Answer | None:
    since = timezone.now() - KEPT
    rows = list(IdempotencyKey.objects.filter(caller__in=callers, key=key, created_at__gte=since))
    if not rows:
        return None
    for row in rows:
        if row.operation == operation and row.request_hash == request_hash and row.status is not None:
            if row.status == ERASED:
                raise _erased()
            return Answer(status=row.status, body=json.loads(row.body or "{}"), reference=row.reference)
    detail = _("This Idempotency-Key was used for another request.")
    raise Refusal(
        "idempotency_key_reused", detail, problems=[Problem("", "idempotency_key_reused", detail)], status=422
    )


def _erased() -> Refusal:
    detail = _("This was sent before, and its data has been erased since. Nothing was done again.")
    return Refusal("erased", detail, problems=[Problem("", "erased", detail)], status=410)


def _in_progress() -> Refusal:
    detail = _("The first request with this Idempotency-Key is still being worked on. Ask again in a moment.")
    return Refusal("request_in_progress", detail, status=409)


def forget_old_keys() -> int:
    """Delete the keys that are older than a day. Returns how many."""
    old = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT)
    # Query first: nearly always there is nothing to delete, and a write would have to wait for its turn.
    return old.delete()[0] if old.exists() else 0

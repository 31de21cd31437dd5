"""What kind of failure an error is: one that passes by itself, or one that a person has to mend."""

import traceback
from pathlib import Path

from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError
from pybreaker import CircuitBreakerError
from redis.exceptions import RedisError


class TryLater(Exception):
    """Raised by a handler that knows better: this passes."""


#: The database away or locked, the network, a server that is silent, a folder that cannot be written, a full disk.
PASSING = (TryLater, OperationalError, InterfaceError, BrokerError, RedisError, CircuitBreakerError, OSError)


def is_passing(error: BaseException) -> bool:
    """Whether trying the same again later may succeed, though nothing of ours is changed."""
    return isinstance(error, PASSING)


def error_place(error: BaseException) -> str:
    """An error's class and the last calls that led to it, never its text: that may quote what a customer typed."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places}"

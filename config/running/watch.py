"""Replacing what lives and does nothing: a program that shows no sign of life any more is killed.

The supervisor starts a program again that has ended. One that is stopped, or hangs, has not ended: its sign
(`core.signs`) stays as it was. Time is this process' own, so that a clock that jumps kills nothing.

The broker's sign is that it answers. While it does not, workers and beat wait for it and cannot show theirs: they are
not to blame, and have their full time when it is back.
"""

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.broker import broker_socket_path
from config.running import processes
from config.running.launch import PROGRAMS, record_of
from config.running.options import Options
from core import signs

WATCHED = [name for name in PROGRAMS if name != "broker"]
NEED_NO_BROKER = {"web"}
ANSWER_SECONDS = 1.0
LOOK_EVERY_SECONDS = 5.0
SILENT_SECONDS = 45.0
# A program that has not shown its first sign yet: it is still loading, perhaps on a busy machine.
STARTING_SECONDS = 120.0


@dataclass
class Watcher:
    """What was last seen of each program's processes, and when that was new."""

    options: Options
    _seen: dict[tuple[str, int, int | None], tuple[int, float]] = field(default_factory=dict)
    _broker_answered: float = field(default_factory=time.monotonic)

    def replace_silent(self) -> list[str]:
        """Kill what has been silent for too long. Returns the names."""
        answers = broker_answers(self.options)
        now, killed, seen = time.monotonic(), [], {}
        if answers:
            self._broker_answered = now
        elif self.options.own_broker and now - self._broker_answered > SILENT_SECONDS:
            self._broker_answered = now
            if (broker := processes.recorded_group(record_of(self.options, "broker"))) is not None:
                self._kill("broker", broker, None)
                killed.append("broker")
        for name in WATCHED:
            group = processes.recorded_group(record_of(self.options, name))
            if group is None:
                continue
            for process, sign in self._signs(name, group).items():
                known = self._seen.get((name, group, process))
                since = known[1] if known is not None and known[0] == sign else now
                if not answers and name not in NEED_NO_BROKER:
                    since = now
                if now - since > (SILENT_SECONDS if sign else STARTING_SECONDS):
                    self._kill(name, group, process)
                    killed.append(name)
                else:
                    seen[name, group, process] = (sign, since)
        self._seen = seen
        return killed

    def _signs(self, name: str, group: int) -> dict[int | None, int]:
        """The last sign of each process of a program that lives; 0 for a program that has shown none yet."""
        found = signs.last_signs(self.options.run_folder, name)
        living = {
            process: sign for process, sign in found.items() if process is None or _is_in(group, process)
        }
        return living or {None: 0}

    def _kill(self, name: str, group: int, process: int | None) -> None:
        """One process of several, or the whole program. A stopped process dies of this signal too."""
        if process is None:
            processes.signal_group(group, signal.SIGKILL)
        else:
            os.kill(process, signal.SIGKILL)
            (self.options.run_folder / f"{name}-{process}{signs.SUFFIX}").unlink(missing_ok=True)


def broker_answers(options: Options) -> bool:
    """Whether the broker says anything within a second; that it is loading its data, for example."""
    ours = f"unix://{quote(str(broker_socket_path(options.var)))}"
    broker = redis.Redis.from_url(
        ours if options.own_broker else os.environ["REDIS_URL"],
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        with broker:
            return bool(broker.ping())
    except (redis.ConnectionError, redis.TimeoutError) as error:
        return isinstance(error, redis.BusyLoadingError)
    except redis.RedisError:
        return True


def _is_in(group: int, process: int) -> bool:
    try:
        return os.getpgid(process) == group and not _is_zombie(process)
    except ProcessLookupError:
        return False


def _is_zombie(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"

"""Whether everything answers: `python -m config.running.readiness SINCE SECONDS`.

Waits until the web server reports ready, and beat and a worker for each queue gave a sign of life after SINCE (a time
in ISO form; an older row is the last run's). After SECONDS it gives up: exit code 1 and a sentence.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from urllib.parse import urlsplit

import django

from config.running.options import Options, read_options

QUEUES = {"fulfilment", "letters", "mail", "sweep"}
# Requests to our own server must not go through a proxy from the environment.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def silent_parts(options: Options, since: datetime) -> list[str]:
    """The parts that do not answer yet, each with its error where there is one."""
    return [part for part in (_web(options), *_workers_and_beat(since)) if part]


def _web(options: Options) -> str:
    """Ask by the site's own name, as visitors do: production answers no other."""
    from django.conf import settings

    host = urlsplit(settings.SITE_URL).netloc
    request = urllib.request.Request(f"{options.url}readyz", headers={"Host": host})  # noqa: S310 (our own)
    try:
        with _opener.open(request, timeout=2):
            return ""
    except urllib.error.HTTPError as error:
        return f"web (/readyz says {error.code}: {error.read(500).decode(errors='replace')})"
    except OSError:
        return "web"


def _workers_and_beat(since: datetime) -> list[str]:
    from django.db import DatabaseError

    from core.models import Heartbeat

    try:
        young = dict(Heartbeat.objects.filter(at__gte=since).values_list("name", "queues"))
    except DatabaseError as error:
        return [f"database ({error})"]
    served = {queue for queues in young.values() for queue in queues.split(",")}
    silent = sorted(QUEUES - served)
    return [f"a worker for {', '.join(silent)}" if silent else "", "" if "beat" in young else "beat"]


def main() -> None:
    since, seconds = datetime.fromisoformat(sys.argv[1]), float(sys.argv[2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    options = read_options()
    deadline = time.monotonic() + seconds
    while silent := silent_parts(options, since):
        if time.monotonic() > deadline:
            print(f"After {seconds:.0f} seconds these do not answer: {'; '.join(silent)}.", file=sys.stderr)
            sys.exit(1)
        time.sleep(0.1)


if __name__ == "__main__":
    main()

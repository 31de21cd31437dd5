"""The injected clock: our code, Django and Celery see a wrong time, what measures does not; and then the right one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.running.options import ROOT
from tests.soak.machine import INJECT

pytestmark = pytest.mark.once

SHOWS = """
import time, datetime
real = datetime.datetime.now(datetime.timezone.utc)
from django.utils import timezone
import celery.app.base, celery.worker.request
import os, sys
clock = os.path.join(os.environ["CLOCKS"], str(os.getpgrp()))
def show():
    time.sleep(0.3)
    now = datetime.datetime.now(datetime.timezone.utc)
    seen = [timezone.now(), celery.worker.request.datetime.now(datetime.timezone.utc),
            celery.app.base.datetime.now(datetime.timezone.utc),
            datetime.datetime.fromtimestamp(time.time(), datetime.timezone.utc)]
    assert all(isinstance(each, timezone.datetime) for each in seen), seen
    print(*(round((each - now).total_seconds()) for each in seen))
show()
open(clock, "w").write("90")
show()
open(clock, "w").write("-8")
show()
os.unlink(clock)
show()
"""


def test_a_program_whose_clock_jumps_sees_another_time(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOWS],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(INJECT), "CLOCKS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    seen = [[int(each) for each in line.split()] for line in done.stdout.splitlines()]
    # A busy machine takes some seconds from one look to the next.
    assert [len(line) for line in seen] == [4] * 4, done.stderr
    for wanted, line in zip([0, 90, -8, 0], seen, strict=True):
        assert all(wanted <= each <= wanted + 5 for each in line), seen

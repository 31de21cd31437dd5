"""The full disk: what is written is refused while it is full, with or without the right to mount."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.soak import disk as disks
from tests.soak.disk import Disk

pytestmark = pytest.mark.once

WRITES = """
import sys
for line in sys.stdin:
    try:
        with open(sys.argv[1], "wb") as file:
            file.write(bytes(1_000_000))
        print("written", flush=True)
    except OSError as error:
        print("refused", flush=True)
"""


@pytest.fixture(params=["mounted", "limited"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    if request.param == "limited":
        monkeypatch.setattr(disks, "_runs", lambda *command: False)
    disk = Disk()
    try:
        if request.param == "mounted" and not disk.mounted:
            pytest.skip("only root may mount")
        yield disk
    finally:
        disk.remove()
        assert not disk.folder.exists()


def test_a_full_disk_takes_nothing_until_there_is_room(disk: Disk) -> None:
    command = [sys.executable, "-c", WRITES, str(disk.folder / "file")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None

        def write() -> str:
            assert program.stdin is not None
            assert program.stdout is not None
            program.stdin.write("write\n")
            program.stdin.flush()
            return program.stdout.readline().strip()

        assert write() == "written"
        os.unlink(disk.folder / "file")
        disk.fill([program.pid])
        assert write() == "refused"
        disk.make_room()
        assert write() == "written"
        program.stdin.close()

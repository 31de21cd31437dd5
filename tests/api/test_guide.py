"""The guide's commands, one after the other, against a real server with a real worker."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from orders.models import Order
from tests.stack import Stack

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.mark.once
@pytest.mark.stack
def test_every_command_of_the_guide_works(stack: Stack, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl to run the guide's commands with")
    commands = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(commands) >= 14
    stack.start_worker("worker")
    url = stack.start_web()
    done = subprocess.run(
        ["bash", "-eu", "-c", "\n".join(commands)],
        cwd=tmp_path,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "BAG14": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr}"
    placed = json.loads((tmp_path / "placed.json").read_text())
    order = Order.objects.get()
    assert (order.number, order.state) == (placed["number"], "cancelled")
    assert (tmp_path / "letter.pdf").read_bytes().startswith(b"%PDF")
    assert '"unknown_bag"' in done.stdout

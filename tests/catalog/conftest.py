"""Fixtures of the catalogue's tests."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.catalog.dumps import SmallDump


@pytest.fixture
def dump(tmp_path: Path) -> "SmallDump":
    # Models cannot be imported yet where pytest reads this file.
    from tests.catalog.dumps import SmallDump

    return SmallDump(tmp_path / "dump")

"""A copy of the tree, and runs of it that end with their test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.running.make_run import MakeRun, copy_tree


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh checkout, in a folder whose name has a space in it."""
    return copy_tree(tmp_path_factory.mktemp("checkout") / "bag 14")


@pytest.fixture
def make_run(tree: Path, tmp_path: Path) -> Iterator[Callable[..., MakeRun]]:
    """Starts `make run` on a folder of the test's own: `make_run(port=..., REDIS_URL=...)`."""
    runs: list[MakeRun] = []

    def start(var: Path | None = None, **options: object) -> MakeRun:
        runs.append(MakeRun(tree, var or tmp_path / "var", **options))  # type: ignore[arg-type]
        return runs[-1]

    yield start
    for run in runs:
        run.kill()


@pytest.fixture(scope="module")
def running(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeRun]:
    """One run for all tests of a module, on a folder with a space in its name."""
    run = MakeRun(tree, tmp_path_factory.mktemp("running") / "our data")
    try:
        run.wait_until_ready()
        yield run
    finally:
        run.kill()

"""What lies in VAR is for the user that runs the system alone."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from config.private_files import keep_all_private, keep_folder_private
from config.running.options import ROOT
from tests.running.make_run import MakeRun
from tests.stack import clean_environment

pytestmark = pytest.mark.once

OTHER = 65534


def rights(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def open_to_others(folder: Path) -> list[str]:
    """Every file and folder below, and the folder itself, that anybody else has a right to."""
    found = [folder, *folder.rglob("*")]
    return [f"{path} {rights(path):o}" for path in found if not path.is_symlink() and rights(path) & 0o077]


def can_another_user_read(path: Path) -> bool:
    """Ask as another user, which only root can become."""
    reads = f"import os; os.setgroups([]); os.setgid({OTHER}); os.setuid({OTHER}); open({str(path)!r}, 'rb').read(1)"
    return subprocess.run([sys.executable, "-c", reads], capture_output=True, check=False).returncode == 0


def test_a_folder_of_an_older_version_is_tightened_with_all_in_it(tmp_path: Path) -> None:
    var = tmp_path / "var"
    (var / "mail").mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("not in VAR")
    elsewhere.chmod(0o644)
    (var / "link").symlink_to(elsewhere)
    for path in (var / "db.sqlite3", var / "mail" / "1.eml"):
        path.write_text("private")
        path.chmod(0o664)
    (var / "mail").chmod(0o755)
    var.chmod(0o755)
    keep_all_private(var)
    assert open_to_others(var) == []
    assert rights(var / "mail") == 0o700
    assert rights(var / "db.sqlite3") == 0o600
    assert rights(elsewhere) == 0o644


def test_a_folder_that_everybody_writes_to_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    keep_folder_private(tmp_path)
    assert rights(tmp_path) == 0o1777
    keep_folder_private(tmp_path / "not-there")


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_user_cannot_read_the_database_of_any_command() -> None:
    with tempfile.TemporaryDirectory(prefix="bag14-") as shared:  # pytest's own folders are closed to others
        var = Path(shared) / "var"
        var.mkdir()
        database = var / "db.sqlite3"
        database.touch()
        for path, mode in ((Path(shared), 0o755), (var, 0o755), (database, 0o644)):
            path.chmod(mode)
        assert can_another_user_read(database)
        migrate(var)
        assert not can_another_user_read(database)
        assert not can_another_user_read(var / "secret-key")
        database.unlink()
        migrate(var)
        var.chmod(0o755)  # the file is closed by itself too
        assert rights(database) == 0o600
        assert not can_another_user_read(database)


def migrate(var: Path) -> None:
    environment = clean_environment() | {"VAR": str(var)}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


@pytest.mark.serial
@pytest.mark.stack
def test_nothing_of_a_run_is_open_to_others(tmp_path: Path, make_run: Callable[..., MakeRun]) -> None:
    var = tmp_path / "var"
    (var / "logs").mkdir(parents=True)
    (var / "logs" / "web.log").touch(0o644)
    var.chmod(0o755)
    run = make_run(var)
    run.wait_until_ready()
    assert open_to_others(var) == []
    assert (var / "db.sqlite3").exists()
    assert (var / "static").is_dir()
    run.stop()
    assert open_to_others(var) == []

"""Where the embedded broker listens. Without Django: settings, commands and the launcher all use this module."""

import fcntl
import os
import stat
import sys
import tempfile
from pathlib import Path

# A unix socket's path must fit into sockaddr_un with its closing zero: 108 bytes on Linux, 104 elsewhere.
MAX_SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103

SOCKET_NAME = "valkey.sock"
FOLDER_RECORD = "socket-folder"


def fits_a_socket(path: Path) -> bool:
    """Whether a unix socket can be bound at this path."""
    return len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES


def broker_socket_path(var: Path) -> Path:
    """The socket of the broker whose data lies in `var`: every process that asks gets the same answer.

    It lies in `var` itself if its path fits a socket, else in a private folder (0700) under the system's temporary
    folder, whose path is recorded in `var`. A recorded folder that vanished or is not ours is replaced.
    """
    path = var.absolute() / SOCKET_NAME
    return path if fits_a_socket(path) else _private_folder(var) / SOCKET_NAME


def _private_folder(var: Path) -> Path:
    with open(var / FOLDER_RECORD, "a+") as record:
        fcntl.flock(record, fcntl.LOCK_EX)  # if two processes find no folder, only one makes it
        record.seek(0)
        folder = Path(record.read())
        if not _is_private(folder):
            folder = Path(tempfile.mkdtemp(prefix="bag14-", dir=_short_temporary_folder()))
            record.truncate(0)
            record.write(str(folder))
        return folder


def _is_private(folder: Path) -> bool:
    """Whether this is a folder of ours that no other user can enter, with a path short enough for the socket."""
    if not folder.is_absolute() or not fits_a_socket(folder / SOCKET_NAME):
        return False
    try:
        status = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077


def _short_temporary_folder() -> str:
    folder = tempfile.gettempdir()
    return folder if fits_a_socket(Path(folder) / "bag14-12345678" / SOCKET_NAME) else "/tmp"  # noqa: S108

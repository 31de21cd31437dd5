"""Who may read what we write: only the user that runs the system. VAR holds customers' addresses and our secret key."""

import os
import stat
from pathlib import Path

FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def write_for_us_only() -> None:
    """Files that this process makes from now on are for our user only: 0600, folders 0700."""
    os.umask(FOR_OTHERS)


def keep_folder_private(folder: Path) -> None:
    """Take a folder's rights from everybody else. One that is not ours, or not there, stays as it is."""
    try:
        status = folder.stat()
    except OSError:
        return
    if status.st_uid == os.geteuid() and status.st_mode & FOR_OTHERS and not status.st_mode & stat.S_ISVTX:
        folder.chmod(stat.S_IMODE(status.st_mode) & ~FOR_OTHERS)


def keep_all_private(folder: Path) -> None:
    """Take the rights from everybody else for a folder and all that is in it. Links are not followed."""
    keep_folder_private(folder)
    for where, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(where, name)
            try:
                status = os.lstat(path)
                if _is_ours(status) and status.st_mode & FOR_OTHERS:
                    os.chmod(path, stat.S_IMODE(status.st_mode) & ~FOR_OTHERS)
            except OSError:
                continue  # it went while we looked


def _is_ours(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode)

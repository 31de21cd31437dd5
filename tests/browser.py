"""Which browser the tests drive, and how it is started."""

import shutil

CHROMIUM_OPTIONS = [
    "--no-sandbox",  # its sandbox refuses to run as root, and it sees our own pages only
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """The system's Chromium; playwright's own would have to be downloaded."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    return None

"""The application that the web server loads: the WSGI application, behind the buffer for requests."""

import os
import sys

from django.conf import settings
from django.urls import resolve

import config.wsgi  # first: it loads the apps
from accounts.login_throttle import has_known_browser
from config.web.buffered_wsgi import BufferedWSGI
from config.web.uploads import Uploads
from core.database_limits import WEB, limit_this_process
from core.signs import touch

limit_this_process(WEB)

# Threads that compute pages give way to the loop, which answers for health, after a millisecond and not after five.
sys.setswitchinterval(0.001)

# The views are loaded now, not while the first customer waits.
resolve("/")


def hashes_passwords(path: str) -> bool:
    """Whether a POST to this path computes the hash of a password, for about a third of a second."""
    return path == "/sign-in/" or path.endswith("/password/")


application = BufferedWSGI(
    config.wsgi.application,
    threads=settings.PAGE_THREADS,
    uploads=Uploads(),
    slow_paths=hashes_passwords,
    is_known=has_known_browser,
    show_life=lambda: touch(settings.VAR, f"web-{os.getpid()}"),
)

"""The environment of a test process, made before anything reads the settings.

pytest loads this first (`-p tests.environment` in pyproject.toml), in each of its processes: pytest-django reads the
settings before any conftest.py wherever DJANGO_SETTINGS_MODULE is set, as it is in the processes that pytest-xdist
starts, and settings read too early name another process' folder and broker.
"""

import os
import tempfile
from pathlib import Path

from django.conf import settings

if settings.configured:
    raise RuntimeError("The settings were read before the tests' environment was made.")

SERVER_URL = os.environ.get("DATABASE_URL", "") if "postgres" in os.environ.get("DATABASE_URL", "") else None

VAR = Path(tempfile.mkdtemp(prefix="b14t"))
for name in (
    "DATABASE_URL",
    "EMAIL_URL",
    "PORT",
    "SITE_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "PRODUCTION",
    "CATALOG",
):
    os.environ.pop(name, None)
if SERVER_URL:
    os.environ["DATABASE_URL"] = SERVER_URL
os.environ["VAR"] = str(VAR)
os.environ["REDIS_URL"] = f"unix://{VAR}/valkey.sock"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
    "true"  # playwright's event loop runs in the thread that uses the models
)
(VAR / "static").mkdir()

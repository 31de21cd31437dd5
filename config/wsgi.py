"""The WSGI application that the web server loads."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# What was loaded until here lives as long as the process: Python's collector need not look through it again and again.
gc.collect()
gc.freeze()

"""The WSGI application that the web server loads."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# What was loaded until here lives as long as the process, and a request makes thousands of short-lived objects: looked
# through at every 700th, as Python would, that is some percent of all its work.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)

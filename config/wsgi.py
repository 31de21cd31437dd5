"""The WSGI application that the web server loads."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

# Objects loaded so far live as long as the process, so Python's collector need not look through them.
gc.collect()
gc.freeze()

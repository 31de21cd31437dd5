"""The application that the web server loads."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.web.buffered_wsgi import BufferedWSGI

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
settings.ROOT_URLCONF = "bench.bare.pieces"
settings.REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}
application = BufferedWSGI(get_wsgi_application())

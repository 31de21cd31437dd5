"""The application that the web server loads: the WSGI application, behind the buffer for requests."""

from config.buffered_wsgi import BufferedWSGI
from config.wsgi import application as wsgi_application

application = BufferedWSGI(wsgi_application)

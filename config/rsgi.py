"""The application that the web server loads: the WSGI application, behind the door."""

from config.buffered_wsgi import Door
from config.wsgi import application as wsgi_application

application = Door(wsgi_application)

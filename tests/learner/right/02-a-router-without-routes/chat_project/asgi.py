"""Every import first; the router already knows the protocol, and no route."""

import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.handlers.asgi import ASGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
django.setup()
protocols = dict(http=ASGIHandler(), websocket=URLRouter([]))
application = ProtocolTypeRouter(protocols)

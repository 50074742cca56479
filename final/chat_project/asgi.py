"""Django answers http, consumers answer websockets. Settings first, what needs models last."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
http_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter

from chat_app.origin import SameSiteValidator
from chat_app.routing import websocket_urlpatterns

sockets = SameSiteValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
application = ProtocolTypeRouter({"http": http_application, "websocket": sockets})

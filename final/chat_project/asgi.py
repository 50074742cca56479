"""Django handles http, consumers handle websocket. Load settings first, and models last."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
http_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.apps import apps

from chat_app.origin import SameOriginValidator
from chat_app.routing import websocket_urlpatterns
from chat_project.security import BodyLimitMiddleware

if apps.is_installed("notices"):
    from notices.routing import websocket_urlpatterns as notices_urlpatterns

    websocket_urlpatterns = [*notices_urlpatterns, *websocket_urlpatterns]

pages = BodyLimitMiddleware(http_application)
sockets = SameOriginValidator(CookieMiddleware(URLRouter(websocket_urlpatterns)))
application = ProtocolTypeRouter({"http": pages, "websocket": sockets})

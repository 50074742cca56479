import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
http_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings

from chat_app.origin import SameSiteValidator
from chat_app.routing import websocket_urlpatterns

application = ProtocolTypeRouter(
    {
        "http": http_application,
        "websocket": SameSiteValidator(URLRouter(websocket_urlpatterns), settings.ALLOWED_HOSTS),
    }
)

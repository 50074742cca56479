import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
django_app = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from chat_app import routing

router = URLRouter(routing.websocket_urlpatterns)
application = ProtocolTypeRouter(
    {"websocket": AllowedHostsOriginValidator(router), "http": django_app}
)

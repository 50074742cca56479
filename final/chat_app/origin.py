"""Which pages may open a socket. Unlike in the steps, a program without an Origin may not."""

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host


def SameSiteValidator(application):
    """Only a page of this very site: browsers send the user's cookies whatever page asks."""

    async def validator(scope, receive, send):
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        own = [f"http://{host}", f"https://{host}", *settings.CSRF_TRUSTED_ORIGINS]
        allowed = validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
        answer = application if allowed and origin in own else WebsocketDenier()
        return await answer({**scope, "server_send": send}, receive, send)

    return validator

from django.urls import path

from chat_app.consumers import ChatConsumer


def only_for_users(application):
    async def wrapped(scope, receive, send):
        if scope["user"].is_anonymous:
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4401})
        else:
            await application(scope, receive, send)

    return wrapped


websocket_urlpatterns = [
    path("ws/chat/<room_name:room_name>/", only_for_users(ChatConsumer.as_asgi())),
]

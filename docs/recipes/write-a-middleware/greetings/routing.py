from django.urls import path

from greetings import consumers

websocket_urlpatterns = [
    path("ws/greet/", consumers.GreetingConsumer.as_asgi()),
]

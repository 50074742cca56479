from django.urls import path

from orders import consumers

websocket_urlpatterns = [
    path("ws/admin/orders/", consumers.OrderListConsumer.as_asgi()),
]

from django.urls import path

from reports import consumers

websocket_urlpatterns = [
    path("ws/reports/", consumers.ReportConsumer.as_asgi()),
]

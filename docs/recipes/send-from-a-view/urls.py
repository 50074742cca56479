from django.urls import path
from news import views

urlpatterns = [
    path("publish/", views.publish),
    path("publish-async/", views.publish_async),
]

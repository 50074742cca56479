from django.urls import path
from metered import views

urlpatterns = [
    path("metrics/", views.metrics),
]

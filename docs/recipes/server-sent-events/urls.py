from django.urls import path
from ticker import views

urlpatterns = [
    path("ticker/", views.ticker),
]

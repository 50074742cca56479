from django.urls import path
from tickets import views

urlpatterns = [
    path("ticket/", views.new_ticket),
]

"""The URLs of the chat, of the other apps, and of the admin if it is switched on."""

from django.apps import apps
from django.conf import settings
from django.urls import include, path

urlpatterns = [path("", include("chat_app.urls"))]

if apps.is_installed("accounts"):
    urlpatterns.insert(0, path("", include("accounts.urls")))
if apps.is_installed("moderation"):
    urlpatterns.append(path("", include("moderation.urls")))
if apps.is_installed("notices"):
    urlpatterns.append(path("", include("notices.urls")))
if apps.is_installed("rooms"):
    urlpatterns.append(path("", include("rooms.urls")))
if apps.is_installed("search"):
    urlpatterns.append(path("", include("search.urls")))

if settings.ENABLE_ADMIN:
    from django.contrib import admin

    urlpatterns.append(path("admin/", admin.site.urls))

"""The chat's pages, and the admin where it is switched on."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [path("", include("chat_app.urls"))]

if settings.ENABLE_ADMIN:
    from django.contrib import admin

    urlpatterns.append(path("admin/", admin.site.urls))

"""The app's URLs, and one whose view fails."""

from django.urls import path

from chat_project.urls import urlpatterns as project_urls


def fail(request):
    """Fail, like a view with a bug."""
    raise RuntimeError("a bug")


urlpatterns = [*project_urls, path("fails/", fail)]

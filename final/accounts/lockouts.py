"""What django-axes remembers of wrong passwords, in projects that use it."""

from django.apps import apps


def forget_failures(username):
    """Forget who has tried wrong passwords for this name, and let everybody try again."""
    if apps.is_installed("axes"):
        from axes.utils import reset

        reset(username=username)

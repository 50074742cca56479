"""Failed logins that django-axes has recorded, in projects that use it."""

from django.apps import apps


def forget_failures(username):
    """Forget the failed logins for this name, so that nobody is locked out any more."""
    if apps.is_installed("axes"):
        from axes.utils import reset

        reset(username=username)

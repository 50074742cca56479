"""`channels_doctor` as a Django app, which adds its findings to `manage.py check`."""

from django.apps import AppConfig


class DoctorConfig(AppConfig):
    name = "channels_doctor"
    label = "channels_doctor"
    verbose_name = "Channels doctor"

    def ready(self):
        from django.core import checks

        from channels_doctor.checks import check_channels

        checks.register(check_channels, "channels")

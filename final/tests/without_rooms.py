"""The settings of the tests without the `rooms` app."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS.remove("rooms")  # noqa: F405

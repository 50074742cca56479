"""The settings of the tests without the `installable` app."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS.remove("installable")  # noqa: F405

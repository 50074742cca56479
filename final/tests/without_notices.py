"""The settings of the tests without the app `notices`."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS.remove("notices")  # noqa: F405

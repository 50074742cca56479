"""The settings of the tests without the `notices` app."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS.remove("notices")  # noqa: F405

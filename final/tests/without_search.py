"""The settings of the tests without the `search` app."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS.remove("search")  # noqa: F405

"""The settings of the tests without the `moderation` app."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS.remove("moderation")  # noqa: F405

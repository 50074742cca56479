"""The tests' settings for a project that uses only the chat."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "accounts"]  # noqa: F405

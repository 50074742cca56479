"""The tests' settings with Django's admin, where reports are handled."""

import os

os.environ["ENABLE_ADMIN"] = "1"

from tests.settings import *  # noqa: E402, F403

"""The tests' settings with Django's admin, which is where reports are handled."""

import os

os.environ["ENABLE_ADMIN"] = "1"

from tests.settings import *  # noqa: E402, F403

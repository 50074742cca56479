"""A project's settings, with the channel layer described by the variable BENCH_LAYER."""

import json
import os

from chat_project.settings import *  # noqa: F403
from chat_project.settings import DATABASES, INSTALLED_APPS

GIVEN = json.loads(os.environ["BENCH_LAYER"])
CHANNEL_LAYERS = GIVEN["CHANNEL_LAYERS"]
INSTALLED_APPS = [*INSTALLED_APPS, *GIVEN["INSTALLED_APPS"]]
if "channels_postgres" in GIVEN.get("DATABASES", {}):
    DATABASES["channels_postgres"] = GIVEN["DATABASES"]["channels_postgres"]

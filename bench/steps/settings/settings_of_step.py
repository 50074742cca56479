"""A step's settings, adapted for benchmarks: another database, no DEBUG, other limits."""

import json
import os

from chat_project import settings
from chat_project.settings import *  # noqa: F403

DEBUG = False  # with DEBUG on, Django remembers every query
DATABASES = {"default": settings.DATABASES["default"] | {"NAME": os.environ["STEP_DATABASE"]}}
CHAT = getattr(settings, "CHAT", {}) | json.loads(os.environ["STEP_CHAT"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"channels_redis": {"handlers": ["console"], "level": "INFO"}},
}

"""A step's own settings, with what a bench needs: another database, no DEBUG, other limits."""

import json
import os

from chat_project import settings
from chat_project.settings import *  # noqa: F403

DEBUG = False  # Django keeps every query of a process that has it on
DATABASES = {"default": settings.DATABASES["default"] | {"NAME": os.environ["STEP_DATABASE"]}}
CHAT = getattr(settings, "CHAT", {}) | json.loads(os.environ["STEP_CHAT"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"channels_redis": {"handlers": ["console"], "level": "INFO"}},
}

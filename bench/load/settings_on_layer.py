"""A project's settings, with the channel layer LOAD_LAYER on the Redis servers LOAD_REDIS."""

import os

from chat_project.settings import *  # noqa: F403

HOSTS = [{"address": url, "socket_timeout": None} for url in os.environ["LOAD_REDIS"].split()]
CHANNEL_LAYERS = {
    "default": {"BACKEND": os.environ["LOAD_LAYER"], "CONFIG": {"hosts": HOSTS}},
}

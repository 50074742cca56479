"""The project's own settings, as in production but over plain http and with a fast hasher."""

import os
import tempfile

os.environ.setdefault(
    "SECRET_KEY", "for the tests only, and as long as a real key has to be: 0123456"
)
os.environ.setdefault("HTTPS", "0")
os.environ.pop("DEBUG", None)

from chat_project.settings import *  # noqa: E402, F403

if "DATABASE_URL" not in os.environ:
    name = f"{tempfile.gettempdir()}/chat-tests-{os.getpid()}.sqlite3"
    DATABASES["default"]["TEST"] = {"NAME": name}  # noqa: F405
if "sqlite3" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    # No test cuts the power, so the disk needn't confirm each commit.
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"  # noqa: F405
DATABASES["default"]["OPTIONS"].pop("pool", None)  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True  # look for static files on request, not once per Client

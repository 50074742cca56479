"""Which packages the examined interpreter has."""

import importlib.util
import sys
from importlib import metadata

PACKAGES = ("django", "channels", "channels_redis", "redis", "daphne", "uvicorn")
MODULES = ("websockets", "wsproto", "cryptography")


def collect():
    """Return the versions of the relevant packages, and which modules are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    there = {name: importlib.util.find_spec(name) is not None for name in MODULES + PACKAGES}
    return {"python": list(sys.version_info[:3]), "versions": found, "modules": there}

"""On what a run was made, in words that name no place and no person."""

import datetime
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version

import psutil

PACKAGES = ("django", "channels", "channels-redis", "daphne", "uvicorn", "uvloop", "websockets")
PACKAGES += ("starlette", "picows")


def describe() -> dict:
    """Return the date, the machine and the versions of what was measured."""
    return {
        "date": datetime.date.today().isoformat(),
        "system": platform.system(),
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES if _version(name)},
        "node": _says("node", "--version"),
        "redis": _says("redis-server", "--version"),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [
                line.split(":", 1)[1].strip() for line in file if line.startswith("model name")
            ]
    except OSError:
        names = []
    return names[0] if names else platform.machine()


def _version(name) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _says(*command) -> str:
    if not shutil.which(command[0]):
        return ""
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    words = done.stdout.split()
    return next((word.removeprefix("v=") for word in words if word.lstrip("v=")[:1].isdigit()), "")

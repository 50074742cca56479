"""Describes the machine that a run used, without its name, users or paths."""

import datetime
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version

import psutil

PACKAGES = (
    "django",
    "channels",
    "channels-redis",
    "daphne",
    "uvicorn",
    "uvloop",
    "websockets",
    "starlette",
    "picows",
)


def describe() -> dict:
    """Return the date, the machine, and the versions of the measured software."""
    return {
        "date": datetime.date.today().isoformat(),
        "system": platform.system(),
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_gib": _memory(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES if _version(name)},
        "node": _program_version("node"),
        "redis": _program_version("redis-server"),
    }


def _memory() -> int | None:
    """Return the machine's memory in GiB, or None in a container without /proc."""
    try:
        return round(psutil.virtual_memory().total / 2**30)
    except OSError:
        return None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            lines = [line for line in file if line.startswith("model name")]
    except OSError:
        lines = []
    return lines[0].split(":", 1)[1].strip() if lines else platform.machine()


def _version(package) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _program_version(program) -> str:
    """Return the first number that `program --version` prints, such as 22.1.0."""
    if not shutil.which(program):
        return ""
    command = [program, "--version"]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", stdin=subprocess.DEVNULL
    )
    words = [word.removeprefix("v=") for word in done.stdout.split()]
    return next((word for word in words if word.lstrip("v")[:1].isdigit()), "")

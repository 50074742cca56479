"""Looks up the release dates of the measured and newest versions, through uv."""

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from workshop.base.environment import child_environment

PROJECT = """[project]
name = "releases"
version = "0"
requires-python = ">=3.11"
dependencies = {dependencies}
"""


def look_up(packages: Sequence[str]) -> dict[str, dict]:
    """Return each package's installed and newest versions, with their dates.

    A date is empty if the index doesn't answer or doesn't have it.
    """
    installed = {package: installed_version(package) for package in packages}
    pinned = [f"{package}=={number}" for package, number in installed.items() if number]
    measured, newest = _released(pinned), _released(list(installed))
    found = {}
    for package, number in installed.items():
        known = newest.get(package, {})
        latest = max(known, key=known.get, default="")
        found[package] = {
            "version": number,
            "date": measured.get(package, {}).get(number, ""),
            "newest": latest,
            "newest_date": known.get(latest, ""),
        }
    return found


def installed_version(package: str) -> str:
    """Return the installed version, or an empty string."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _released(dependencies: list[str]) -> dict[str, dict[str, str]]:
    """Resolve the dependencies for Python 3.11 and newer. Returns {package: {version: date}}."""
    with tempfile.TemporaryDirectory(prefix="workshop-releases-") as folder:
        text = PROJECT.format(dependencies=dependencies)
        Path(folder, "pyproject.toml").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "uv", "lock", "--quiet", "--project", folder],
            cwd=folder,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        if done.returncode:
            return {}
        return dates_in(Path(folder, "uv.lock").read_text(encoding="utf-8"))


def dates_in(lock: str) -> dict[str, dict[str, str]]:
    """Return {package: {version: date of its first file}} from a uv.lock, if it has dates."""
    found = {}
    for package in tomllib.loads(lock)["package"]:
        files = [*package.get("wheels", []), *filter(None, [package.get("sdist")])]
        times = [file["upload-time"] for file in files if "upload-time" in file]
        if times:
            dates = found.setdefault(package["name"], {})
            dates[package["version"]] = str(min(times))[:10]
    return found

"""Translate pip's index and certificate settings for uv, with the standard library only.

Classrooms and companies configure pip once, and uv doesn't read that configuration.
"""

import ast
import functools
import os
import subprocess
import tempfile
from pathlib import Path

from workshop.base.environment import child_environment

SAME = {  # pip's setting: uv's variables, the first of which is set if none of them is yet
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "extra-index-url": ("UV_INDEX", "UV_EXTRA_INDEX_URL"),
    "trusted-host": ("UV_INSECURE_HOST",),
    "cert": ("SSL_CERT_FILE",),
    "client-cert": ("SSL_CLIENT_CERT",),
    "proxy": ("ALL_PROXY", "HTTPS_PROXY", "https_proxy"),
}


def pip_settings(pip: list[str]) -> dict[str, str] | None:
    """Return pip's settings, such as {"index-url": "…"}, or None if pip doesn't work."""
    return _read(tuple(pip))


@functools.cache
def _read(pip: tuple[str, ...]) -> dict[str, str] | None:
    done = subprocess.run(
        [*pip, "config", "list"],
        env=child_environment(PYTHONIOENCODING="utf-8"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        return None
    found = {}
    for section in ("global.", "install.", ":env:."):  # as in pip, the last one wins
        for line in done.stdout.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(section) and value:
                found[key.removeprefix(section)] = ast.literal_eval(value)
    return found


def uv_environment(uv: str, root: Path, pip: list[str] | None) -> dict[str, str]:
    """Return the environment for `uv`, with pip's settings and a writable cache folder."""
    settings = (pip and pip_settings(pip)) or {}
    environment = child_environment()
    for setting, variables in SAME.items():
        if setting in settings and not any(name in environment for name in variables):
            environment[variables[0]] = " ".join(settings[setting].split())
    if "extra-index-url" in settings:
        environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")  # as pip; pins have hashes
    places = [place for place in settings.get("find-links", "").split() if _exists(place)]
    if places:
        environment.setdefault("UV_FIND_LINKS", ",".join(places))
    if "UV_CACHE_DIR" not in environment and not _cache_is_writable(uv, environment):
        environment["UV_CACHE_DIR"] = str(root / ".uv" / "cache")
    return environment


def _exists(place: str) -> bool:
    return "://" in place or os.path.exists(place)  # pip skips missing folders


def _cache_is_writable(uv: str, environment: dict[str, str]) -> bool:
    try:
        done = subprocess.run([uv, "cache", "dir"], env=environment, capture_output=True)
        folder = Path(done.stdout.decode("utf-8").strip())  # uv prints UTF-8 on Windows too
        if done.returncode or not folder.name:
            return False
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except (OSError, UnicodeError):
        return False

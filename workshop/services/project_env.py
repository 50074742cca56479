"""A project to serve, its environment, and whether anyone is there to see it."""

import contextlib
import os
import secrets
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workshop.base.environment import is_ci
from workshop.base.paths import ROOT
from workshop.services.network import allowed_hosts, is_loopback


@dataclass(frozen=True)
class Project:
    """A Django project to serve, either one of the course's or the user's own.

    If it `is_production`, it refuses to start without a SECRET_KEY, like the finished app.
    """

    folder: Path
    name: str
    title: str
    needs_redis: bool = False
    is_production: bool = False


def project_environment(project: Project, host: str, root: Path = ROOT) -> dict[str, str]:
    """Return the variables that `project` needs to listen on `host`.

    Variables that the user has set keep their value. A production project gets DEBUG and this
    copy's development key, because it doesn't start without them.
    """
    wanted = {}
    if not is_loopback(host):
        wanted["ALLOWED_HOSTS"] = " ".join(allowed_hosts(host))
    if project.is_production:
        wanted["DEBUG"] = "1"
        wanted["SECRET_KEY"] = os.environ.get("SECRET_KEY") or development_key(root)
    return {name: os.environ.get(name) or value for name, value in wanted.items()}


def development_key(root: Path) -> str:
    """Return this copy's own secret key, generated on the first call and ignored by git."""
    path = root / ".workshop" / "secret_key"
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=path.parent)  # only readable by its owner
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.replace(fresh, path)
    return path.read_text("utf-8")


def is_interactive() -> bool:
    """Return whether someone would see a browser window: a terminal, a display, no CI, no SSH."""
    if is_ci() or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    if os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

"""What a served checkpoint needs to know, and whether somebody is there to look at it."""

import contextlib
import os
import secrets
import sys
import tempfile
from pathlib import Path

from workshop.course import Checkpoint
from workshop.environment import is_ci
from workshop.network import allowed_hosts, is_loopback


def project_environment(checkpoint: Checkpoint, host: str, root: Path) -> dict[str, str]:
    """Return the variables that `checkpoint` gets when it listens on `host`.

    What the person has set stays as it is. The finished app (the one without a number) gets DEBUG
    and a key of this machine: it starts with neither.
    """
    wanted = {}
    if not is_loopback(host):
        wanted["ALLOWED_HOSTS"] = " ".join(allowed_hosts(host))
    if not checkpoint.number:
        wanted["DEBUG"] = "1"
        wanted["SECRET_KEY"] = os.environ.get("SECRET_KEY") or development_key(root)
    return {name: os.environ.get(name) or value for name, value in wanted.items()}


def development_key(root: Path) -> str:
    """Return this copy's own secret key, made on the first call and kept out of git."""
    path = root / ".workshop" / "secret_key"
    if not path.is_file():
        path.parent.mkdir(exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.replace(fresh, path)
    return path.read_text()


def a_person_sits_here() -> bool:
    """Return whether a browser window would be seen: a terminal, a display, no CI, no SSH."""
    if is_ci() or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    if os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"):
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

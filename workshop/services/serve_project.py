"""Serve a project with its own `manage.py runserver`."""

import contextlib
import re
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.lock import exclusive
from workshop.base.paths import ROOT
from workshop.base.processes import ended_by_signals
from workshop.services import network, redis_server, tryout
from workshop.services.project_env import Project, is_interactive, project_environment
from workshop.services.runserver import runserver, wait_until_it_listens

OF_OTHER_MIGRATIONS = r"InconsistentMigrationHistory|OperationalError: table .+ already exists"
OLD_DATABASE = (
    "Your database was created by different migrations. Rename the file db.sqlite3, for "
    "example to old.sqlite3, and run this command again: it creates a new one."
)


def serve(
    project: Project,
    host: str = "127.0.0.1",
    port: int = 8000,
    browser: bool = True,
    say: Callable[[str], None] = print,
    root: Path = ROOT,
) -> int:
    """Migrate and serve `project` until Ctrl-C; `say` is called with each line to show.

    Returns the exit code. Raises WorkshopError if the port is taken, a needed Redis is missing or
    the server doesn't start.
    """
    host = "127.0.0.1" if host == "localhost" else host.strip("[]")
    port = network.free_port(host, port)
    with ended_by_signals():
        try:
            with contextlib.ExitStack() as stack:
                environment = _environment(project, host, root, stack, say)
                migrate(project.folder, environment)
                network.free_port(host, port)
                address = f"{network.in_url(host)}:{port}"
                server = stack.enter_context(runserver(project.folder, address, environment))
                if wait_until_it_listens(server, host, port, say):
                    first = _first_page(project, host, port, stack, say)
                    _greet(project, host, port, first if browser else "", say)
                return _ended(server.wait(), port)
        except KeyboardInterrupt:
            say("Stopped.")
            return 0


def _environment(project, host, root, stack, say) -> dict[str, str]:
    """Return the server's environment, after starting the Redis that the project needs."""
    extra = {}
    if project.needs_redis:
        redis = stack.enter_context(redis_server.running())
        extra["REDIS_URL"] = redis.url
        say(f"Redis: {redis.description}")
    extra |= project_environment(project, host, root)
    return child_environment(PYTHONUNBUFFERED="1", **extra)


def _first_page(project, host, port, stack, say) -> str:
    """Return the URL to open first: the project's own, or the try-out page if it has no pages."""
    here = f"{network.in_url(_reachable(host))}:{port}"
    first = f"http://{here}/"
    # The finished app only answers clients that are logged in.
    if tryout.has_sockets(project.folder) and not project.is_production:
        page = stack.enter_context(tryout.serving(here))
        first = first if _has_pages(project.folder) else page
        say(f"Try it with two clients, Ann and Bob, at {page}")
    return first


def migrate(folder: Path, environment: dict[str, str]) -> None:
    """Bring the database of the project in `folder` up to date, silently.

    Two migrations at once would collide, so the second one waits. If it fails, raises WorkshopError
    with the end of Django's output.
    """
    state = ROOT / ".workshop"
    state.mkdir(exist_ok=True)
    waiting = "Another workshop command is preparing a database; waiting for it"
    with exclusive(state / "migrate.lock", waiting):
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
            cwd=folder,
            env=environment | {"PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    if done.returncode:
        words = last_words(done.stdout + done.stderr, folder)
        advice = f"\n{OLD_DATABASE}" if re.search(OF_OTHER_MIGRATIONS, words) else ""
        raise WorkshopError(f"{folder.name} does not start:\n{words}{advice}")


def last_words(output: str, folder: Path) -> str:
    """Return the end of `output`, or if it's a traceback, the place in `folder` and the error."""
    lines = output.rstrip().splitlines()
    frames = [n for n, line in enumerate(lines) if line.startswith('  File "')]
    own = [n for n in frames if str(folder) in lines[n]]
    if own:
        until = next(n for n in range(own[-1] + 1, len(lines) + 1) if n in [*frames, len(lines)])
        place = [line for line in lines[own[-1] : until] if line.startswith("  ")]
        error = next((n for n in range(len(lines) - 1, 0, -1) if lines[n - 1].startswith("  ")), 0)
        lines = [*place, *lines[error:]]
    return "\n".join(f"  {line}" for line in lines[-12:])


def _reachable(host: str) -> str:
    """Return the host name that reaches a server on `host` from this machine."""
    return "127.0.0.1" if host == "0.0.0.0" else "::1" if host == "::" else host


def _has_pages(folder: Path) -> bool:
    return any(folder.glob("*/templates/**/*.html"))


def _greet(project, host, port, opens, say) -> None:
    """Print the project's URL, and open `opens` if anybody would see a browser window."""
    address = f"http://{network.in_url(_reachable(host))}:{port}/"
    say(f"{project.name} ({project.title}) runs at {address} (Ctrl-C stops it)")
    if network.is_wildcard(host):
        for other in network.lan_addresses():
            say(f"In your network: http://{other}:{port}/")
    if opens and is_interactive():
        webbrowser.open(opens)


def _ended(code: int, port: int) -> int:
    """Return the exit `code` of a server that exited without Ctrl-C. Raises if it failed."""
    if code == 0:
        return 0
    raise WorkshopError(
        f"The server on port {port} stopped (exit code {code}): see its output above."
    )

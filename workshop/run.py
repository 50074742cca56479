"""Serve a checkpoint with its own `manage.py runserver`."""

import contextlib
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

from workshop import course, network, redis_server
from workshop.environment import child_environment
from workshop.errors import WorkshopError
from workshop.processes import ended_by_signals
from workshop.runserver import runserver, wait_until_it_listens
from workshop.serving import a_person_sits_here, project_environment


def serve(
    name: str | None,
    host: str = "127.0.0.1",
    port: int = 8000,
    browser: bool = True,
    say: Callable[[str], None] = print,
    root: Path = course.ROOT,
) -> int:
    """Migrate and serve the checkpoint `name` until Ctrl-C; `say` gets each line for the person.

    Without a name it is the last one that exists. Returns the exit code. Raises WorkshopError
    where the port is taken, a needed Redis is missing or the server does not start.
    """
    checkpoint = choose(name, root)
    host = "127.0.0.1" if host == "localhost" else host.strip("[]")
    port = network.free_port(host, port)
    with ended_by_signals():
        try:
            with contextlib.ExitStack() as stack:
                extra = {}
                if "redis" in checkpoint.needs:
                    redis = stack.enter_context(redis_server.running())
                    extra["REDIS_URL"] = redis.url
                    say(f"Redis: {redis.description}")
                extra |= project_environment(checkpoint, host, root)
                environment = child_environment(PYTHONUNBUFFERED="1", **extra)
                migrate(checkpoint.folder, environment)
                network.free_port(host, port)
                address = f"{network.in_url(host)}:{port}"
                server = stack.enter_context(runserver(checkpoint.folder, address, environment))
                if wait_until_it_listens(server, host, port, say):
                    _greet(checkpoint, host, port, browser, say)
                return _ended(server.wait(), port)
        except KeyboardInterrupt:
            say("Stopped.")
            return 0


def choose(name: str | None, root: Path = course.ROOT) -> course.Checkpoint:
    """Return the checkpoint called `name`, or the last one that is there. Raises WorkshopError.

    A folder that holds a Django project of a person's own counts as a checkpoint, too.
    """
    if name and (own := _own_project(name, root)):
        return own
    if name:
        checkpoint = course.find(name, root)
        if not (checkpoint.folder / "manage.py").is_file():
            raise WorkshopError(f"{checkpoint.slug} is not in this copy of the workshop.")
        return checkpoint
    there = [one for one in course.load(root) if (one.folder / "manage.py").is_file()]
    if not there:
        raise WorkshopError("This copy of the workshop holds no checkpoint: clone it again.")
    return there[-1]


def _own_project(name: str, root: Path) -> course.Checkpoint | None:
    folder = Path(name).resolve()
    theirs = any(folder == one.folder.resolve() for one in course.load(root))
    if theirs or not (folder / "manage.py").is_file():
        return None
    sources = (path.read_bytes() for path in folder.glob("chat_project/**/*.py"))
    needs = ("redis",) if any(b"channels_redis" in text for text in sources) else ()
    return course.Checkpoint(folder, folder.name, "your project", 0, needs)


def migrate(folder: Path, environment: dict[str, str]) -> None:
    """Bring the database of the project in `folder` up to date, silently.

    Raises WorkshopError with the end of what Django says where that fails.
    """
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        words = last_words(done.stdout + done.stderr, folder)
        raise WorkshopError(f"{folder.name} does not start:\n{words}")


def last_words(output: str, folder: Path) -> str:
    """Return the end of `output`; of a traceback, the place in `folder` and the error."""
    lines = output.rstrip().splitlines()
    frames = [n for n, line in enumerate(lines) if line.startswith('  File "')]
    own = [n for n in frames if str(folder) in lines[n]]
    if own:
        until = next(n for n in range(own[-1] + 1, len(lines) + 1) if n in [*frames, len(lines)])
        place = [line for line in lines[own[-1] : until] if line.startswith("  ")]
        error = next((n for n in range(len(lines) - 1, 0, -1) if lines[n - 1].startswith("  ")), 0)
        lines = [*place, *lines[error:]]
    return "\n".join(f"  {line}" for line in lines[-12:])


def _greet(checkpoint, host, port, browser, say) -> None:
    here = "127.0.0.1" if host == "0.0.0.0" else "::1" if host == "::" else host
    address = f"http://{network.in_url(here)}:{port}/"
    say(f"{checkpoint.slug} ({checkpoint.title}) runs at {address} (Ctrl-C stops it)")
    if network.is_wildcard(host):
        for other in network.lan_addresses():
            say(f"In your network: http://{other}:{port}/")
    if browser and a_person_sits_here():
        webbrowser.open(address)


def _ended(code: int, port: int) -> int:
    """Return `code`, which a server that nobody stopped ended with. Raises where it failed."""
    if code == 0:
        return 0
    raise WorkshopError(f"The server on port {port} ended (exit code {code}); it says why above.")

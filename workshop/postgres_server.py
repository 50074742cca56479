"""A real PostgreSQL for as long as a block lasts: the one at DATABASE_URL, or a private one."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workshop.environment import child_environment
from workshop.errors import WorkshopError
from workshop.processes import undisturbed

try:
    import pwd
except ImportError:  # Windows, where nothing here is run
    pwd = None

TRIES = 5
PATIENCE = 30  # seconds until a server must have answered
USERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root
NEEDED = ("initdb", "postgres", "pg_isready")
NONE_FOUND = (
    "This needs a PostgreSQL server and none was found: install one (Debian, Ubuntu: `sudo apt "
    "install postgresql`; Fedora: `sudo dnf install postgresql-server`; macOS: `brew install "
    "postgresql`), or set DATABASE_URL to one that runs."
)


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL that answers: the address of a database, and what to tell a person about it."""

    url: str
    description: str


@contextlib.contextmanager
def running() -> Iterator[Postgres]:
    """Yield the PostgreSQL at DATABASE_URL, or a private one that is gone when the block ends.

    Raises WorkshopError where DATABASE_URL is not set and no server is found.
    """
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        yield Postgres(url, "the one at DATABASE_URL")
        return
    with private(programs()) as server:
        yield server


def programs() -> Path | None:
    """Return the folder that holds PostgreSQL's programs, the newest one, or None."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    found = shutil.which("initdb")
    places += [Path(found).resolve().parent] if found else []
    return next((p for p in places if all((p / name).is_file() for name in NEEDED)), None)


@contextlib.contextmanager
def private(folder: Path | None) -> Iterator[Postgres]:
    """Yield a server of our own from the programs in `folder`: empty, on a free port, kept nowhere.

    Raises WorkshopError where it does not start.
    """
    if not folder:
        raise WorkshopError(NONE_FOUND)
    with tempfile.TemporaryDirectory(prefix="workshop-postgres-") as place:
        owner = _owner()
        if owner:
            shutil.chown(place, owner)
        data = str(Path(place, "data"))
        words = ["--pgdata", data, "--username", "workshop", "--auth", "trust", "--no-sync"]
        words += ["--encoding", "UTF8", "--locale", "C"]
        done = subprocess.run(
            [str(folder / "initdb"), *words],
            cwd=place,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            **_as(owner),
        )
        if done.returncode:
            raise WorkshopError(f"{folder}/initdb fails: {_last(done.stdout + done.stderr)}.")
        server, port = _start(folder, place, data, owner)
        try:
            url = f"postgresql://workshop@127.0.0.1:{port}/postgres"
            yield Postgres(url, f"a private {folder}/postgres on port {port}, gone when you stop")
        finally:
            with undisturbed():
                _stop(server)


def _start(folder, place, data, owner) -> tuple[subprocess.Popen, int]:
    log = Path(place, "log")
    for _ in range(TRIES):
        port = _free_port()
        # What it keeps is thrown away, so it need not wait for the disk.
        words = ["-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"]
        with open(log, "wb") as file:
            server = subprocess.Popen(
                [str(folder / "postgres"), *words],
                cwd=place,
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,  # Ctrl-C must reach it last, after its users
                **_as(owner),
            )
        try:
            if _answers(folder, server, port):
                return server, port
        except BaseException:
            _stop(server)
            raise
        _stop(server)
        text = log.read_text(encoding="utf-8", errors="replace")
        if "Address already in use" not in text:
            raise WorkshopError(f"{folder}/postgres does not start: {_last(text)}.")
    raise WorkshopError(f"{folder}/postgres found no free port in {TRIES} tries: run it again.")


def _answers(folder, server, port) -> bool:
    """Return whether `server` takes connections, as soon as that is known."""
    question = [str(folder / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        if subprocess.run(question, env=child_environment()).returncode == 0:
            return server.poll() is None
        time.sleep(0.05)
    return False


def _stop(server: subprocess.Popen) -> None:
    server.send_signal(3)  # SIGQUIT: at once; nothing is kept
    try:
        server.wait(timeout=5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _owner() -> str | None:
    """Return the user to run as where this process is root's, else None."""
    if os.geteuid():
        return None
    for name in USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise WorkshopError("PostgreSQL refuses to run as root: call this as another user.")


def _as(owner: str | None) -> dict:
    return {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []} if owner else {}


def _version(place: Path) -> list[int]:
    return [int(part) for part in place.parent.name.split(".") if part.isdigit()]


def _last(text: str) -> str:
    return (text.strip().splitlines() or ["it says nothing"])[-1].strip()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]

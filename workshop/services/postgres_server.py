"""A PostgreSQL server for the length of a block: the one at DATABASE_URL, or a private one."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.services.private_server import PrivateServer

try:
    import pwd
except ImportError:  # Windows, where nothing here runs
    pwd = None

USERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root
NEEDED = ("initdb", "postgres", "pg_isready")
NONE_FOUND = (
    "This needs a PostgreSQL server, but none was found: install one (Debian, Ubuntu: `sudo apt "
    "install postgresql`; Fedora: `sudo dnf install postgresql-server`; macOS: `brew install "
    "postgresql`), or set DATABASE_URL to a running one."
)


@dataclass(frozen=True)
class GivenPostgres:
    """The PostgreSQL at DATABASE_URL: its URL and a description."""

    url: str
    description: str


class PrivatePostgres(PrivateServer):
    """A private PostgreSQL. `programs` is the folder of its programs, found by default."""

    user = "workshop"

    def __init__(self, programs: Path | None = None):
        self.programs = programs or find_programs()
        if not self.programs:
            raise WorkshopError(NONE_FOUND)
        super().__init__(self.programs / "postgres")

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}@{self.address}:{self.port}/postgres"

    def prepare(self) -> None:
        self.owner = _owner()
        if self.owner:
            shutil.chown(self.folder, self.owner)
        options = ["--pgdata", str(self.folder / "data"), "--username", self.user]
        options += ["--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C"]
        done = subprocess.run(
            [str(self.programs / "initdb"), *options],
            cwd=self.folder,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            **self.as_owner(),
        )
        if done.returncode:
            self.fail("cannot start because initdb fails", done.stdout + done.stderr)

    def command(self) -> list[str]:
        # -F: the data is thrown away, so there's no need to wait for the disk.
        options = ["-p", str(self.port), "-h", self.address, "-k", "", "-F"]
        return [str(self.program), "-D", str(self.folder / "data"), *options]

    def answers(self) -> bool:
        question = ["-q", "-h", self.address, "-p", str(self.port)]
        program = str(self.programs / "pg_isready")
        done = subprocess.run([program, *question], env=child_environment())
        return done.returncode == 0 and self.process.poll() is None

    def process_options(self) -> dict:
        return self.as_owner()

    def as_owner(self) -> dict:
        """Return arguments that make Popen start a program as the owner of the data."""
        if not self.owner:
            return {}
        group = pwd.getpwnam(self.owner).pw_gid
        return {"user": self.owner, "group": group, "extra_groups": []}

    def signal_stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)  # immediately, because nothing is kept


@contextlib.contextmanager
def running() -> Iterator[GivenPostgres | PrivatePostgres]:
    """Yield the PostgreSQL at DATABASE_URL, or a private one that's deleted when the block ends.

    Raises WorkshopError if DATABASE_URL isn't set and no server is found.
    """
    url = os.environ.get("DATABASE_URL", "")
    if url.startswith("postgres"):
        yield GivenPostgres(url, "the one at DATABASE_URL")
        return
    with PrivatePostgres() as server:
        yield server


def find_programs() -> Path | None:
    """Return the newest folder that contains PostgreSQL's programs, or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    found = shutil.which("initdb")
    folders += [Path(found).resolve().parent] if found else []
    return next((f for f in folders if all((f / name).is_file() for name in NEEDED)), None)


def _owner() -> str | None:
    """Return the user to switch to if this process is root, or else None."""
    if os.geteuid():
        return None
    for name in USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise WorkshopError("PostgreSQL refuses to run as root: run this as another user.")


def _version(folder: Path) -> list[int]:
    return [int(part) for part in folder.parent.name.split(".") if part.isdigit()]

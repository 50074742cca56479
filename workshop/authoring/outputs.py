"""Capture the real output of commands in docs/outputs/, for the pages.

A test captures all of it again and compares, with ports, versions and times normalized.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.base.processes import stop
from workshop.base.project_files import is_ignored
from workshop.course import catalog
from workshop.services import network
from workshop.services.runserver import wait_until_it_listens

FOLDER = Path("docs", "outputs")
PATIENCE = 120  # seconds for an example that takes less than one
MISTAKES = {  # in the environment of the finished app
    "DEBUG": "1",
    "ALLOWED_HOSTS": "https://chat.example.org",
    "CHAT_USER_SOCKET": "3",
}
TYPED = ('{"message": "hello"}', "hello", '{"message": "still here"}')
HEARD = re.compile(r"< ([^\n]*)\n")
ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[78])")
REPLACEMENTS = (
    (re.compile(r"(seed \d+), [\d.]+ s"), r"\1, 4.9 s"),
    (re.compile(r"version [\d.]+"), "version 4.2.3"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:8000"),
    (re.compile(r"^.*forgotten\.py", re.MULTILINE), "docs/examples/forgotten.py"),
)


@dataclass
class DevServer:
    """A checkpoint's own development server: its URL and its log file."""

    address: str
    log: Path

    def handshake(self) -> str:
        """Return the output of the handshake example, run against this server."""
        return _example("handshake", self.address.rpartition(":")[2])

    def talk(self, typed: Sequence[str] = ()) -> str:
        """Return what the websockets client's screen shows after each line of `typed`.

        The terminal's echo of the typed text is included. Ctrl-D ends the client.
        """
        client = subprocess.Popen(
            [sys.executable, "-m", "websockets", f"ws://{self.address}/ws/chat/lobby/"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            bufsize=0,
            env=child_environment(PYTHONUNBUFFERED="1"),
        )
        with client:
            first = _plain(client.stdout.readline())
            screen = [first.strip()]
            for line in typed:
                client.stdin.write(f"{line}\n")
                client.stdin.flush()
                screen += [f"> {line}", f"< {_heard(client)}"]
            client.stdin.close()
            rest = _plain(client.stdout.read()).replace("> ", "").strip()
        return "\n".join([*screen, rest]).strip()


def _heard(client: subprocess.Popen) -> str:
    """Return the next message that arrives, as the client shows it."""
    seen = ""
    while not (found := HEARD.search(_plain(seen))):
        line = client.stdout.readline()
        if not line:
            raise WorkshopError(f"The client ended: {seen}")
        seen += line
    return found[1]


def _plain(text: str) -> str:
    return ESCAPES.sub("", text)


def _example(name: str, *arguments: str, root: Path = ROOT) -> str:
    """Return the output of the example NAME, with its warnings."""
    done = subprocess.run(
        [sys.executable, "-u", f"docs/examples/{name}.py", *arguments],
        cwd=root,
        env=child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=True,
        timeout=PATIENCE,
    )
    return done.stdout.strip()


@contextlib.contextmanager
def served(step: str, root: Path) -> Iterator[DevServer]:
    """Serve a copy of the checkpoint `step` while the block runs."""
    checkpoint = catalog.find(step, root)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "my-chat")
        ignored = lambda where, names: {name for name in names if is_ignored(name)}  # noqa: E731
        shutil.copytree(checkpoint.folder, folder, ignore=ignored)
        port = network.free_port("127.0.0.1", 0)
        log = Path(place, "log")
        with log.open("wb") as out:
            server = subprocess.Popen(
                [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
                cwd=folder,
                env=child_environment(PYTHONUNBUFFERED="1", NO_COLOR="1", DJANGO_COLORS="nocolor"),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        try:
            wait_until_it_listens(server, "127.0.0.1", port, print)
            yield DevServer(f"127.0.0.1:{port}", log)
        finally:
            stop(server)


def examples(root: Path = ROOT) -> dict[str, str]:
    """Return the output of every example that needs no server."""
    names = ("waiting", "blocking", "forgotten", "memory")
    return {f"async-{name}": _example(name, root=root) for name in names}


def mistakes(root: Path = ROOT) -> dict[str, str]:
    """Return the finished app's error messages about MISTAKES."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=root / "final",
        env=child_environment(**MISTAKES),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
    )
    return {"production-mistakes": done.stderr.strip()}


def _first(root: Path) -> dict[str, str]:
    with served("01", root) as server:
        return {"async-handshake": server.handshake()}


def _second(root: Path) -> dict[str, str]:
    with served("02", root) as server:
        refused = server.talk()
        lines = server.log.read_text(encoding="utf-8").splitlines()
    return {
        "02-runserver": next(line for line in lines if line.startswith("Starting ")),
        "02-refused": refused.strip(),
        "02-no-application": next(line for line in lines if line.startswith("ValueError")),
    }


def _third(root: Path) -> dict[str, str]:
    with served("03", root) as server:
        return {"03-talk": server.talk(TYPED)}


def _chaos(root: Path) -> dict[str, str]:
    command = [sys.executable, "-m", "workshop.cli", "chaos", "--fault", "kill", "--seed", "1"]
    environment = child_environment(PYTHONPATH=str(root), COLUMNS="120", NO_COLOR="1")
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    lines = done.stdout.splitlines()
    found = [line for line in lines if line.startswith(("ok ", "BAD ", "Nothing was lost"))]
    return {"chaos-kill": "\n".join(found)}


CAPTURES: tuple[Callable[[Path], dict[str, str]], ...] = (
    examples,
    _first,
    _second,
    _third,
    mistakes,
    _chaos,
)


def capture(root: Path = ROOT) -> dict[str, str]:
    """Return {name of the file in docs/outputs/: current output} for every command."""
    found: dict[str, str] = {}
    for capture_some in CAPTURES:
        found |= {name: normalize(text) for name, text in capture_some(root).items()}
    return found


def write(root: Path = ROOT) -> list[Path]:
    """Capture everything again; return the files."""
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in capture(root).items():
        paths.append(root / FOLDER / f"{name}.txt")
        paths[-1].write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return paths


def normalize(text: str) -> str:
    """Return `text` with ports, versions and times replaced, so all runs look the same."""
    lines = [line.rstrip() for line in text.replace(os.linesep, "\n").split("\n")]
    text = "\n".join(lines).strip("\n")
    for pattern, same in REPLACEMENTS:
        text = pattern.sub(same, text)
    return text

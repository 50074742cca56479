"""Install packages with uv if it's available, or else with pip. Standard library only."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from workshop.base.commands import PYTHON
from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.setup.pip_config import pip_settings, uv_environment

NO_NETWORK = re.compile(
    r"dns error|failed to lookup|name resolution|getaddrinfo|nodename nor servname|NewConnection"
    r"|ConnectionError|Connection (refused|reset)|No route to host|Network is unreachable"
    r"|timed? ?out|ProxyError|tunnel|Could not connect|error sending request"
    r"|SSLError|ConnectTimeout|network was disabled",
    re.IGNORECASE,
)
NO_PIP = (
    "This Python has neither pip nor uv: install one (Debian, Ubuntu: `sudo apt install "
    "python3-pip python3-venv`; Fedora: `sudo dnf install python3-pip`; elsewhere: "
    f"`{PYTHON} -m ensurepip --user`) and run the same command again."
)
PIP_OPTIONS = ["--quiet", "--disable-pip-version-check", "--no-input", "--retries", "2"]
WINDOWS = os.name == "nt"


class NotDownloaded(WorkshopError):
    """The packages couldn't be downloaded; the environment hasn't changed."""


def progress(text: str) -> None:
    """Print what is being set up."""
    print(f"Setting up (once): {text}", file=sys.stderr, flush=True)


def install(python: Path, pins: Path, root: Path, again: bool = False) -> None:
    """Install the requirements file `pins` for `python`.

    `again` also reinstalls packages that seem to be installed already. Raises NotDownloaded, or
    WorkshopError if it failed halfway.
    """
    pip = find_pip()
    uv = find_uv(root, pip)
    if not (uv or pip):
        raise WorkshopError(NO_PIP)
    progress(f"the packages of {pins.parent.name}/{pins.name}")
    if uv:
        command = [*uv_install(uv, pip), "--python", str(python), "-r", str(pins)]
        command += ["--reinstall"] if again else []
        environment = uv_environment(uv, root, pip)
        for offline in ([], ["--offline"]):  # if offline, everything may still be in uv's cache
            if run([*command, *offline], environment)[0] == 0:
                return
    if not pip:
        raise NotDownloaded(_sentence("uv couldn't install the packages, and there's no pip."))
    force = ["--force-reinstall"] if again else []
    command = [*pip, "--python", str(python), "install", *PIP_OPTIONS, *force, "-r", str(pins)]
    code, output = run(command, pip_environment())
    if code:
        raise _failure(output)


def uv_install(uv: str, pip: list[str] | None) -> list[str]:
    """Return the beginning of the command that installs packages with `uv`."""
    settings = (pip and pip_settings(pip)) or {}
    no_index = ["--no-index"] if settings.get("no-index") in ("1", "true", "yes", "on") else []
    return [uv, "pip", "install", "--quiet", *no_index]


def find_uv(root: Path, pip: list[str] | None) -> str | None:
    """Return uv from PATH, or a copy under `root` that `pip` installs if necessary, or None."""
    folder = root / ".uv" / "tool"
    private = folder / "bin" / ("uv.exe" if WINDOWS else "uv")
    for candidate in (shutil.which("uv"), private):
        if candidate and _answers([str(candidate), "--version"]):
            return str(candidate)
    if not pip:
        return None
    progress("uv, the package installer")
    folder.parent.mkdir(exist_ok=True)
    for left_over in folder.parent.glob("fetching-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    fetched = Path(tempfile.mkdtemp(prefix="fetching-", dir=folder.parent))
    wanted = ["--target", str(fetched), "--only-binary", ":all:", "uv"]
    code, output = run([*pip, "install", *PIP_OPTIONS, *wanted], pip_environment())
    if code and NO_NETWORK.search(output):
        raise _failure(output)
    if code:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    fetched.rename(folder)
    return str(private) if _answers([str(private), "--version"]) else None


def find_pip() -> list[str] | None:
    """Return the command of a working pip: this Python's, or that of its base Python."""
    for python in dict.fromkeys((sys.executable, getattr(sys, "_base_executable", None))):
        if python and pip_settings([python, "-m", "pip"]) is not None:
            return [python, "-m", "pip"]
    return None


def pip_environment() -> dict[str, str]:
    """Return the environment for pip, without settings that would interfere."""
    return child_environment(PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0")


def run(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run `command`, printing dots on a terminal. Returns the exit code and the output."""
    dots = sys.stderr.isatty()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        child = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            close_fds=WINDOWS,  # on other systems, the lock must stay open while the installer runs
        )
        shown = False
        try:
            while True:
                try:
                    code = child.wait(timeout=2)
                    break
                except subprocess.TimeoutExpired:
                    shown = dots
                    print("." if dots else "", end="", file=sys.stderr, flush=True)
        except BaseException:
            child.terminate()
            child.wait()
            raise
        finally:
            print("\n" if shown else "", end="", file=sys.stderr, flush=True)
        output.seek(0)
        return code, output.read()


def _answers(command: list[str]) -> bool:
    try:
        done = subprocess.run(
            command, env=child_environment(), stdin=subprocess.DEVNULL, capture_output=True
        )
    except OSError:
        return False
    return done.returncode == 0


def _failure(output: str) -> WorkshopError:
    """Return a message about the `output` of a failed installer."""
    if NO_NETWORK.search(output):
        return NotDownloaded(_sentence("The packages could not be downloaded."))
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    safe = [re.sub(r"//[^/@\s]+@", "//***@", line) for line in lines[-5:]]
    last = "\n".join(f"  {line}" for line in safe)
    return WorkshopError(f"The packages couldn't be installed. The installer says:\n{last}")


def _sentence(start: str) -> str:
    return (
        f"{start} Check the network, or tell pip which mirror to use "
        "(`pip config set global.index-url ADDRESS`), and run the same command again."
    )

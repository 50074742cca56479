"""Open the notebooks in JupyterLab."""

import contextlib
import secrets
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path

import zmq

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.base.processes import ended_by_signals, stop, undisturbed
from workshop.course import catalog
from workshop.notebooks import files
from workshop.services import network
from workshop.services.project_env import is_interactive

HOST = "127.0.0.1"
PATIENCE = 10  # seconds that JupyterLab gets to shut its kernels down
OPTIONS = (
    "--no-browser",
    "--allow-root",  # in a container everybody is root; only this machine can reach it
    "--LabApp.extension_manager=readonly",
    "--ServerApp.port_retries=0",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--log-level=ERROR",
)
NO_NEWS = '{"fetchNews": "false", "checkForUpdates": false}'


def serve(
    name: str | None,
    port: int = 8888,
    browser: bool = True,
    say: Callable[[str], None] = print,
    root: Path = ROOT,
) -> int:
    """Serve JupyterLab with the notebook `name` open (by default the first one), until Ctrl-C.

    `say` is called with each line to show. Returns the exit code. Raises WorkshopError if the port
    is taken, or if JupyterLab doesn't start.
    """
    notebook = files.find(name, root) if name else catalog.notebooks(root)[0]
    port = network.free_port(HOST, port)
    token = secrets.token_urlsafe(16)
    with ended_by_signals(), contextlib.ExitStack() as stack:
        try:
            lab = _start(root, port, token)
            stack.callback(_stop, lab)
            _wait(lab, port)
            _announce(notebook, port, token, browser, say)
            code = lab.wait()
        except KeyboardInterrupt:
            stack.close()
            say("Stopped.")
            return 0
    if code:
        raise WorkshopError(f"JupyterLab stopped (exit code {code}). The reason is above.")
    return 0


def _start(root: Path, port: int, token: str) -> subprocess.Popen:
    """Start JupyterLab, with its state in the workshop's own folder."""
    state = root / ".workshop" / "jupyter"
    _decline_news(state / "settings")
    environment = child_environment(
        JUPYTER_TOKEN=token,
        JUPYTER_CONFIG_DIR=str(state / "config"),
        JUPYTERLAB_SETTINGS_DIR=str(state / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(state / "workspaces"),
    )
    secure = ["--KernelManager.transport_encryption=auto"] if zmq.has("curve") else []
    where = [*secure, f"--ip={HOST}", f"--port={port}", f"--notebook-dir={root}"]
    return subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *OPTIONS, *where],
        env=environment,
        stdin=subprocess.DEVNULL,
    )


def _announce(
    notebook: catalog.Notebook, port: int, token: str, browser: bool, say: Callable[[str], None]
) -> None:
    """Print the notebook's URL, and open it if someone is there to see a browser window."""
    address = f"http://{HOST}:{port}/lab/tree/notebooks/{notebook.path.name}?token={token}"
    say(f"{notebook.slug} ({notebook.title}) is open at")
    say(f"  {address}")
    say("Ctrl-C stops JupyterLab and everything that the notebooks have started.")
    if browser and is_interactive():
        webbrowser.open(address)


def _decline_news(settings: Path) -> None:
    """Decline JupyterLab's offer of news from the internet, unless the user has already decided."""
    path = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NO_NEWS, encoding="utf-8")


def _wait(lab: subprocess.Popen, port: int) -> None:
    while not network.answers(HOST, port):
        if lab.poll() is not None:
            raise WorkshopError("JupyterLab didn't start: see its output above.")
        time.sleep(0.1)


def _stop(lab: subprocess.Popen) -> None:
    """Let JupyterLab shut down its kernels cleanly, and stop whatever is left."""
    with undisturbed():
        lab.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            lab.wait(timeout=PATIENCE)
        stop(lab)

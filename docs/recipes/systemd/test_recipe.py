import contextlib
import getpass
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PATIENCE, end, free_port, wait_for_port
from websockets.exceptions import ConnectionClosed

UNITS = ["chat@.service", "chat.target"]


def on_this_machine(text, project):
    """Return a unit with the folder, the program and the user that exist here."""
    here = {
        "/srv/chat/.venv/bin/daphne": str(Path(sys.executable).with_name("daphne")),
        "/srv/chat": str(project.folder),
        "User=chat": f"User={getpass.getuser()}",
        "Group=chat\n": "",
    }
    for old, new in here.items():
        text = text.replace(old, new)
    return text


def test_systemd_understands_the_units(project, tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed.")
    for name in UNITS:
        text = Path(project.folder, name).read_text()
        (tmp_path / name).write_text(on_this_machine(text, project))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
    )
    ours = [line for line in done.stderr.splitlines() if "chat" in line]
    assert (done.returncode, ours) == (0, [])


@contextlib.contextmanager
def started_as_the_unit_says(project, port):
    text = on_this_machine(Path(project.folder, "chat@.service").read_text(), project)
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    variable, value = values["Environment"].split("=")
    process = subprocess.Popen(
        shlex.split(values["ExecStart"].replace("%i", str(port))),
        cwd=values["WorkingDirectory"],
        env={**os.environ, variable: value},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_for_port(port, process)
        yield process
    finally:
        process.kill()
        end(process)


async def test_the_command_of_the_unit_serves_sockets_and_stops_when_systemd_asks(project):
    port = free_port()
    with started_as_the_unit_says(project, port) as process:
        project.address = f"127.0.0.1:{port}"
        async with project.connect("/ws/echo/") as websocket:
            await websocket.send('"Hello"')
            assert await websocket.recv() == '"Hello"'
            process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed):
                await websocket.recv()
        process.wait(PATIENCE)

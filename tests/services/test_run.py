"""`run` serves a checkpoint, and leaves nothing behind."""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys

import patience
import psutil
import pytest
from served import Served, kill

from workshop.base.processes import stop
from workshop.services import redis_binary, runserver

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")]


@pytest.fixture
def served(clean_environment):
    """Start `run` with arguments and wait until it serves. It always stops with the test."""
    with contextlib.ExitStack() as stack:

        def start(root, *arguments, **more):
            running = Served(root, clean_environment, *arguments, **more)
            stack.callback(kill, running)
            return running.wait_until_it_runs()

        yield start


@pytest.mark.parametrize(
    ("step", "server"), [("1", "Starting (WSGI )?development"), ("03-consumer", "Starting ASGI")]
)
def test_it_serves_a_checkpoint_and_ctrl_c_stops_everything(copied, served, step, server):
    root = copied("01-project", "03-consumer")
    running = served(root, step)
    assert running.status() == 200
    assert len(running.children) == 2, "the reloader and the server"
    output = running.end()
    assert running.process.returncode == 0
    assert re.search(server, output)
    assert output.endswith("Stopped.\n")
    assert "Traceback" not in output
    assert running.has_left_nothing()


def test_the_users_own_project_is_served(copied, served):
    root = copied("02-asgi")
    (root / "steps" / "02-asgi").rename(root / "my-chat")
    running = served(root, "my-chat")
    assert running.status("/admin/login/") == 200
    assert "my-chat (your project) runs at" in running.end()
    assert running.has_left_nothing()


def test_sigterm_to_the_tool_alone_stops_everything(copied, served, tmp_path):
    running = served(copied("03-consumer"), cwd=tmp_path)
    output = running.end(signal.SIGTERM, group=False)
    assert running.process.returncode == 0
    assert output.endswith("Stopped.\n")
    assert "Traceback" not in output
    assert running.has_left_nothing()


def test_an_edit_is_served_and_ctrl_c_still_stops_everything(copied, served):
    root = copied("03-consumer")
    running = served(root)
    server = running.children[-1]
    urls = root / "steps" / "03-consumer" / "chat_project" / "urls.py"
    urls.write_text(urls.read_text() + "\nurlpatterns += [path('new/', lambda request: 1 / 0)]\n")
    while not psutil.wait_procs([server], timeout=0.3)[0]:
        urls.touch()  # the reloader misses what is saved before its first look
    running.wait_for("Starting ASGI")
    runserver.wait_until_it_listens(running.process, "127.0.0.1", running.port, print)
    running.children = psutil.Process(running.process.pid).children(recursive=True)
    assert running.status("/new/") == 500
    running.end()
    assert running.has_left_nothing()


def test_a_checkpoint_that_needs_redis_gets_a_private_one_and_says_so(
    copied, served, clean_environment
):
    if not redis_binary.find_server(fetch=False):
        pytest.skip("there is no Redis server here")
    clean_environment["REDIS_SERVER"] = redis_binary.find_server(fetch=False)
    running = served(copied("04-redis"), "4")
    found = re.search(r"Redis: a private \S+ on port (\d+), gone", "".join(running.lines))
    with socket.create_connection(("127.0.0.1", int(found[1]))):
        assert len(running.children) == 3
    running.end()
    assert running.has_left_nothing()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
def test_a_container_without_proc_serves_and_stops_everything(copied, served):
    root = copied("03-consumer")
    (root / "sitecustomize.py").write_text("import psutil; psutil.PROCFS_PATH = '/nowhere'\n")
    server = served(root)
    assert server.status() == 200
    server.end()
    assert server.has_left_nothing()


def test_others_on_the_network_can_use_its_names(copied, served):
    root = copied("03-consumer")
    name = socket.gethostname().lower()
    outside = served(root, "--host", "0.0.0.0")
    assert outside.status(Host=f"{name}:{outside.port}") == 200
    assert outside.status(Host="elsewhere.example") == 400
    outside.end()


def test_a_browser_opens_in_an_interactive_terminal(copied, clean_environment, tmp_path):
    pty = pytest.importorskip("pty")
    seen, browser = tmp_path / "seen", tmp_path / "browser"
    os.mkfifo(seen)
    browser.write_text(f'#!/bin/sh\necho "$1" >"{seen}"\n')
    browser.chmod(0o755)
    root = copied("03-consumer")
    for name in ("SSH_CONNECTION", "SSH_TTY"):
        clean_environment.pop(name, None)
    reader, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "workshop.cli", "run", "--port", "0"],
        cwd=root,
        env={**clean_environment, "DISPLAY": ":9", "BROWSER": f"{browser} %s"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    try:
        pipe = os.open(seen, os.O_RDWR)
        assert select.select([pipe], [], [], patience.SECONDS)[0], "no browser was opened"
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\s", os.read(pipe, 1000).decode())
        os.close(pipe)
    finally:
        stop(process)
        os.close(reader)
        os.close(terminal)

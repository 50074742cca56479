"""`run` serves a checkpoint, and leaves nothing behind."""

import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest
from served import Served, kill

from workshop import redis_binary, runserver
from workshop.processes import PATIENCE, stop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")


@pytest.fixture
def served(clean_environment):
    """Start `run` with arguments; it must get going. Whatever happens, it ends with the test."""
    with contextlib.ExitStack() as stack:

        def start(root, *arguments, **more):
            one = Served(root, clean_environment, *arguments, **more)
            stack.callback(kill, one)
            return one.wait_until_it_runs()

        yield start


@pytest.mark.parametrize(
    ("step", "server"), [("1", "Starting (WSGI )?development"), ("03-consumer", "Starting ASGI")]
)
def test_it_serves_a_checkpoint_and_ctrl_c_stops_all_of_it(copied, served, step, server):
    root = copied("01-project", "03-consumer")
    one = served(root, step)
    assert one.status() == 200
    assert len(one.children) == 2, "the reloader and the server"
    output = one.end()
    assert one.process.returncode == 0
    assert re.search(server, output)
    assert output.endswith("Stopped.\n")
    assert "Traceback" not in output
    assert one.has_left_nothing()


def test_a_project_of_ones_own_is_served(copied, served):
    root = copied("02-asgi")
    (root / "steps" / "02-asgi").rename(root / "my-chat")
    one = served(root, "my-chat")
    assert one.status("/admin/login/") == 200
    assert "my-chat (your project) runs at" in one.end()
    assert one.has_left_nothing()


def test_a_polite_kill_of_the_tool_alone_stops_all_of_it(copied, served, tmp_path):
    one = served(copied("03-consumer"), cwd=tmp_path)
    began = time.monotonic()
    output = one.end(signal.SIGTERM, group=False)
    assert time.monotonic() - began < PATIENCE, "something had to be killed"
    assert one.process.returncode == 0
    assert "Traceback" not in output
    assert one.has_left_nothing()


def test_an_edit_is_served_and_ctrl_c_still_stops_all_of_it(copied, served):
    root = copied("03-consumer")
    one = served(root)
    server = one.children[-1]
    urls = root / "steps" / "03-consumer" / "chat_project" / "urls.py"
    urls.write_text(urls.read_text() + "\nurlpatterns += [path('new/', lambda request: 1 / 0)]\n")
    while not psutil.wait_procs([server], timeout=0.3)[0]:
        urls.touch()  # the reloader misses what is saved before its first look
    one.wait_for("Starting ASGI")
    runserver.wait_until_it_listens(one.process, "127.0.0.1", one.port, print)
    one.children = psutil.Process(one.process.pid).children(recursive=True)
    assert one.status("/new/") == 500
    one.end()
    assert one.has_left_nothing()


def test_a_checkpoint_that_needs_redis_gets_a_private_one_and_says_so(copied, served):
    if not redis_binary.find_server(fetch=False):
        pytest.skip("there is no Redis server here")
    one = served(copied("04-redis"), "4")
    found = re.search(r"Redis: a private \S+ on port (\d+), gone", "".join(one.lines))
    with socket.create_connection(("127.0.0.1", int(found[1]))):
        assert len(one.children) == 3
    one.end()
    assert one.has_left_nothing()


def test_others_in_the_network_may_call_it_by_its_names(copied, served):
    root = copied("03-consumer")
    name = socket.gethostname().lower()
    outside = served(root, "--host", "0.0.0.0")
    assert outside.status(Host=f"{name}:{outside.port}") == 200
    assert outside.status(Host="elsewhere.example") == 400
    outside.end()


def test_a_browser_opens_where_a_person_sits(copied, clean_environment, tmp_path):
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
        assert select.select([pipe], [], [], 20)[0], "no browser was opened"
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\s", os.read(pipe, 1000).decode())
        os.close(pipe)
    finally:
        stop(process)
        os.close(reader)
        os.close(terminal)

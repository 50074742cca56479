"""If `run` can't serve, it says why before it starts anything."""

import socket
import subprocess
import sys

import pytest

from workshop.base.errors import WorkshopError
from workshop.course import projects
from workshop.services import runserver

pytestmark = pytest.mark.slow


def test_a_taken_port_is_named_before_anything_starts(copied, workshop):
    root = copied("03-consumer")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = workshop("run", "3", "--port", port, root=root, code=1)
    assert f"Port {port} is taken" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert not (root / "steps" / "03-consumer" / "db.sqlite3").exists()


def test_a_port_lost_at_the_last_moment_is_noticed():
    with socket.create_server(("127.0.0.1", 0)) as faster:
        slow = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        with slow, pytest.raises(WorkshopError, match="is taken by another program"):
            runserver.wait_until_it_listens(slow, "127.0.0.1", faster.getsockname()[1], print)


def test_a_project_that_does_not_start_is_quoted_readably(copied, workshop):
    root = copied("03-consumer")
    settings = root / "steps" / "03-consumer" / "chat_project" / "settings.py"
    settings.write_text(settings.read_text() + "\nNEW = undefined_name\n")
    errors = workshop("run", "3", "--port", "0", root=root, code=1).stderr.splitlines()
    assert errors[0] == "03-consumer does not start:"
    assert "settings.py" in errors[1]
    assert "NEW = undefined_name" in errors[2]
    assert errors[-1] == "  NameError: name 'undefined_name' is not defined"
    assert len(errors) < 8


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])
def test_a_host_that_is_not_local_is_explained(copied, workshop, host):
    done = workshop("run", "--host", host, root=copied("03-consumer"), code=2)
    assert host in done.stderr
    assert "--host 0.0.0.0" in done.stderr


def test_without_a_name_the_last_checkpoint_is_served(copied):
    root = copied("01-project", "03-consumer")
    assert projects.choose(None, root).name == "03-consumer"
    with pytest.raises(WorkshopError, match="02-asgi is not in this copy"):
        projects.choose("2", root)

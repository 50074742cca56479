"""Hosts as network namespaces are created, cut off, and always removed."""

import os
import subprocess
import sys
import time

import patience
import pytest

from bench import chaos
from bench.hosts import namespaces, servers, testbed
from workshop.base.errors import WorkshopError


@pytest.fixture
def on_linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")


def test_on_another_system_the_reason_is_given(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert namespaces.why_not() == "only Linux has them"


def test_without_the_program_ip_the_reason_says_what_to_install(on_linux, monkeypatch):
    monkeypatch.setattr(namespaces.shutil, "which", lambda name, path: None)
    assert "sudo apt install iproute2" in namespaces.why_not()


def test_the_reason_says_that_root_is_needed(on_linux, monkeypatch):
    monkeypatch.setattr(namespaces.shutil, "which", lambda name, path: name)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert namespaces.why_not() == "only root can create them"


def test_a_machine_that_forbids_namespaces_is_quoted(on_linux, monkeypatch, tmp_path):
    program = tmp_path / "ip"
    program.write_text("#!/bin/sh\necho 'Operation not permitted' >&2; exit 1\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(namespaces.shutil, "which", lambda name, path: str(program))
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert "failed: Operation not permitted" in namespaces.why_not()


def test_a_fault_without_namespaces_is_refused_with_the_reason(monkeypatch, tmp_path):
    (tmp_path / "manage.py").touch()
    monkeypatch.setattr(namespaces, "why_not", lambda: "only root can create them")
    sentence = (
        "^host-cut-off can't be played here: it needs hosts as network namespaces, and only root "
        "can create them.$"
    )
    with pytest.raises(WorkshopError, match=sentence):
        chaos.run("host-cut-off", folder=tmp_path)


def test_a_missing_nginx_is_named(monkeypatch):
    monkeypatch.setattr(namespaces, "why_not", lambda: "")
    monkeypatch.setattr(servers, "find_nginx", lambda: None)
    assert "sudo apt install nginx" in testbed.why_not()


@pytest.fixture
def root():
    """Skip the test if network namespaces can't be created, as in many containers."""
    if reason := namespaces.why_not():
        pytest.skip(reason)


def ping(host, address):
    """Return whether `address` answers `host` within a second, even with a refusal."""
    script = (
        "import socket, sys; from contextlib import suppress\n"
        "with suppress(ConnectionRefusedError): socket.create_connection((sys.argv[1], 9), 1)"
    )
    command = [*host.enter, sys.executable, "-c", script, address]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


@pytest.mark.slow
def test_a_cut_off_host_reaches_nobody_until_it_is_reconnected(root):
    with namespaces.Network(["one", "two", "three"]) as network:
        one, two, three = (network[name] for name in ("one", "two", "three"))
        assert ping(one, two.address) and ping(two, one.address)
        network.cut_off("one")
        assert not ping(one, two.address) and not ping(three, one.address)
        assert ping(two, three.address)
        network.reconnect("one")
        deadline = time.monotonic() + patience.SECONDS  # a network card takes its time
        while not (ping(one, two.address) and ping(three, one.address)):
            assert time.monotonic() < deadline


@pytest.mark.slow
def test_hosts_and_their_programs_are_removed_after_an_error(root):
    with pytest.raises(ZeroDivisionError), namespaces.Network(["one"]) as network:
        sleeper = subprocess.Popen([*network["one"].enter, "sleep", "1000"])
        raise ZeroDivisionError
    assert sleeper.wait() < 0
    assert not [name for name in namespaces.list_namespaces() if name.startswith(network.id)]
    assert not os.path.exists(f"/sys/class/net/{network.uplink}")


@pytest.mark.slow
def test_the_next_run_removes_hosts_of_a_killed_run(root):
    script = (
        "import os, signal; from bench.hosts.namespaces import Network\n"
        "with Network(['one']) as network:\n"
        "    print(network.id, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    killed = done.stdout.strip()
    left = [name for name in namespaces.list_namespaces() if name.startswith(killed)]
    assert len(left) == 2
    with namespaces.Network(["one"]):
        assert not set(left) & set(namespaces.list_namespaces())

"""Processes are stopped with their children, even in containers without /proc."""

import subprocess
import sys

import psutil
import pytest

from workshop.base import processes
from workshop.base.paths import ROOT

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
PARENT = """
import subprocess, sys
CHILD = "import time; print('ready', flush=True); time.sleep(9999)"
subprocess.run([sys.executable, "-c", CHILD])
"""
INTERRUPTED = """
import asyncio
from workshop.base.processes import Terminated, run_until_signalled

async def work():
    try:
        print("ready", flush=True)
        await asyncio.sleep(9999)
    finally:
        print("tidied up")

try:
    run_until_signalled(work())
except Terminated:
    print("ended")
"""


@pytest.fixture
def without_proc(monkeypatch):
    monkeypatch.setattr(psutil, "PROCFS_PATH", "/nowhere", raising=False)


def start():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, **processes.group_options()
    )
    assert parent.stdout.readline().strip() == b"ready"
    return parent


def test_a_process_is_stopped_with_its_children():
    with start() as parent:
        processes.stop(parent)
        assert parent.stdout.read() == b""  # nobody holds the pipe open any more


@needs_linux
def test_a_process_is_stopped_with_its_children_without_proc(without_proc):
    assert not processes.are_visible()
    with start() as parent:
        processes.stop(parent)
        assert parent.stdout.read() == b""


@needs_linux
def test_a_process_in_our_own_group_is_stopped_alone_without_proc(without_proc):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9999)"]) as process:
        processes.stop(process)
        assert process.returncode


@needs_linux
def test_a_process_that_ignores_the_signal_is_killed_without_proc(without_proc, monkeypatch):
    monkeypatch.setattr(processes, "PATIENCE", 0.1)
    ignore = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True)"
    command = [sys.executable, "-c", f"{ignore}; time.sleep(9999)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        processes.stop(process)
        assert process.returncode == -9


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_asynchronous_work_tidies_up_and_prints_no_traceback_when_it_is_asked_to_end():
    command = [sys.executable, "-c", INTERRUPTED]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        assert process.stdout.readline().strip() == "ready"
        process.terminate()
        assert process.stdout.read().split("\n") == ["tidied up", "ended", ""]

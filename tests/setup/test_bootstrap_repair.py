"""If the set-up is interrupted, the next call repairs it."""

import os
import signal
import sys
import time

import patience
import pytest

from workshop.setup import venv

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals and scripts"),
]


def test_an_interrupted_install_is_repaired(copy):
    made = copy.root / ".venv"
    half = f"""case "$*" in *install*) "{{uv}}" "$@"; find "{made}" -name 'tiny*.py' -delete
        : > "{{begun}}"; exec sleep 60;; *) exec "{{uv}}" "$@";; esac"""
    copy.interrupt(signal.SIGKILL, half)
    output, _ = copy.call("run")
    assert '"1.0"' in output


def test_ctrl_c_during_an_install_is_quiet_and_the_next_call_continues(copy):
    wait = 'case "$*" in *install*) : > "{begun}"; exec sleep 60;; *) exec "{uv}" "$@";; esac'
    code, errors = copy.interrupt(signal.SIGINT, wait)
    assert (code, "Traceback" in errors) == (130, False)
    copy.call("run")


@pytest.mark.parametrize("state", ["empty", "no config", "dead python", "no python library"])
def test_a_half_finished_environment_is_recreated(copy, state):
    python = copy.root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    if state != "empty":
        python.symlink_to(sys.executable if state == "no config" else "/gone/python3")
    if state == "dead python":
        (copy.root / ".venv" / "pyvenv.cfg").write_text("version = 3.11.0\n")
    if state == "no python library":
        version = ".".join(map(str, sys.version_info[:3]))
        (copy.root / ".venv" / "pyvenv.cfg").write_text(f"home = /gone\nversion = {version}\n")
        python.unlink()
        python.write_text("#!/bin/sh\nexit 1\n")
        python.chmod(0o755)
    output, _ = copy.call("run")
    assert '"1.0"' in output
    assert not (copy.root / ".venv-{}.{}".format(*sys.version_info)).exists()


def test_the_environment_of_another_python_is_left_alone(tmp_path):
    python = venv.python_of(tmp_path / ".venv")
    python.parent.mkdir(parents=True)
    python.touch()
    assert venv.choose(tmp_path).name == ".venv"
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("version = 3.9.1\n")
    assert venv.choose(tmp_path).name == ".venv-{}.{}".format(*sys.version_info)


def test_without_uv_one_is_downloaded_and_a_partial_download_replaced(copy):
    (copy.programs / "uv").unlink()
    copy.wheel(
        copy.shelf,
        "uv",
        "9.0",
        program=f'#!/bin/sh\necho "$@" >>"{copy.root}/used"\nexec "{copy.real_uv}" "$@"\n',
    )
    half = copy.root / ".uv" / "tool" / "bin"
    half.mkdir(parents=True)
    (half / "uv").touch()
    (copy.root / ".uv" / "fetching-left").mkdir()
    _, errors = copy.call("run")
    assert "Setting up (once): uv" in errors
    assert "pip install" in (copy.root / "used").read_text()
    assert [path.name for path in (copy.root / ".uv").iterdir()] == ["tool"]


@pytest.mark.parametrize("first_is_killed", [False, True])
def test_a_second_call_waits_for_the_first_ones_installer(copy, first_is_killed):
    begun, go = copy.root.parent / "begun", copy.root.parent / "go"
    wait = f'touch "{begun}"; while [ ! -e "{go}" ]; do sleep 0.02; done'
    copy.uv(f'case "$*" in *install*) {wait};; esac; exec "{copy.real_uv}" "$@"')
    first = copy.start("run")
    while not begun.exists():
        assert first.poll() is None, first.communicate()
        time.sleep(0.01)
    if first_is_killed:
        first.kill()
    second = copy.start("run")
    assert "waiting" in second.stderr.readline()
    assert second.poll() is None
    go.touch()
    for process in (first, second):
        output, errors = process.communicate(timeout=patience.SECONDS)
        if process is second or not first_is_killed:
            assert process.returncode == 0, errors
            assert '"1.0"' in output

"""Commands of other programs in the docs: Django, pip, Redis and the shell."""

import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import patience
import pytest
from copies import run
from typed import commands

from workshop.base.environment import child_environment, is_ci
from workshop.base.paths import ROOT
from workshop.base.processes import stop
from workshop.services import network
from workshop.services.redis_binary import find_server

pytestmark = pytest.mark.slow


def beginning_with(words):
    return [one for one in commands() if one.startswith(words)]


def test_the_finished_app_passes_djangos_check_for_deployment():
    secret = {"SECRET_KEY": "a-long-one-for-the-test-" * 3, "ALLOWED_HOSTS": "x.org"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    run(command, ROOT, ROOT / "final", code=0, **secret)


@pytest.mark.parametrize("command", beginning_with("python3 -m pip config set global.index"))
def test_pip_takes_the_setting(command, tmp_path):
    settings = [command, *beginning_with("python3 -m pip config set global.proxy")]
    has_pip = subprocess.run([sys.executable, "-c", "import pip"], capture_output=True)
    python = sys._base_executable if has_pip.returncode else sys.executable
    place = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "HOME": str(tmp_path)}
    assert len(settings) == 2
    for one in settings:
        run([python, *shlex.split(one)[1:]], ROOT, tmp_path, code=0, **place)


@pytest.mark.parametrize("command", beginning_with("pip install"))
def test_packages_that_a_page_installs_exist(command):
    """The workshop has these packages installed, so they exist."""
    wanted = next(word for word in shlex.split(command)[2:] if not word.startswith("-"))
    name = re.sub(r"\[.*\]", "", wanted).replace("_", "-").lower()
    pinned = [path.read_text("utf-8") for path in ROOT.glob("requirements/*.txt")]
    assert any(re.search(rf"^{name}(\[.*\])?==", text, re.MULTILINE) for text in pinned)


@pytest.mark.parametrize("command", beginning_with("redis-cli"))
def test_commands_that_query_redis_get_an_answer(command, redis):
    program = shutil.which("redis-cli")
    if not program:
        pytest.fail("no redis-cli") if is_ci() else pytest.skip("There is no redis-cli here.")
    port = redis.url.rpartition(":")[2].partition("/")[0]
    words = shlex.split(command.replace("URL", redis.url))[1:]
    done = run([program, "-p", port, *words], ROOT, ROOT, code=0)
    assert not done.stdout.startswith(("ERR", "(error)"))
    answers = {"ping": "PONG", "cluster": "cluster_enabled:0", "server": "redis_version"}
    answers |= {"stats": "evicted_keys", "maxmemory*": "maxmemory"}
    assert answers.get(words[-1], "") in done.stdout


def test_redis_without_persistence_starts(tmp_path):
    program = find_server()
    if not program:
        pytest.skip("There is no Redis here.")
    (command,) = beginning_with("redis-server")
    port = network.free_port("127.0.0.1", 0)
    server = subprocess.Popen(
        [program, *shlex.split(command)[1:], "--port", str(port)],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + patience.SECONDS
        while not network.answers("127.0.0.1", port):
            assert server.poll() is None and time.monotonic() < until
            time.sleep(0.02)
    finally:
        stop(server)
    assert list(tmp_path.iterdir()) == []


def test_an_activated_environment_has_the_packages():
    place = Path(sys.prefix, "bin", "activate")
    if not place.exists():
        pytest.skip("This Python is not in an environment, or Windows has it.")
    (command,) = beginning_with("source")
    command = command.replace(".venv/bin/activate", shlex.quote(str(place)))
    script = f"{command} && python -c 'import channels, sys; print(sys.prefix)' && echo $PS1"
    environment = child_environment(PATH="/usr/bin:/bin")
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    prefix, prompt = done.stdout.splitlines()
    assert Path(prefix) == Path(sys.prefix)
    assert prompt.startswith("(")

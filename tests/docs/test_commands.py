"""Every command that the docs tell people to type exists, and runs."""

import re
import shlex
import shutil
import subprocess
import sys
import urllib.request

import click
import pytest
from sources import blocks, pages

from workshop import cli, course
from workshop.docs_site import generated
from workshop.environment import child_environment
from workshop.processes import stop

PREFIX = "python3 -m workshop"
SHELL = ("console", "{ .text .usage }")
NOT_OURS = {  # of the reader's system: they cannot be run here
    "python3 --version",
    "sudo apt install python3-pip python3-venv",
    "brew install python@3.13",
    "source .venv/bin/activate",
    ".venv\\Scripts\\Activate.ps1",
}
KNOWN_ELSEWHERE = {  # what runs them
    "PYTHONPATH=/path/to/channels-workshop python manage.py check --tag channels": "tests/doctor",
    "python -m websockets ws://127.0.0.1:8000/ws/chat/lobby/": "test_outputs",
    "python -m websockets ws://127.0.0.1:8001/ws/chat/lobby/": "steps/04-redis/tests",
}
SERVES = ("run", "docs", "notebooks")
SLOW = ("pack", "chaos")  # they have tests of their own; here their words are parsed
LEFT_BY_RUNNING = shutil.ignore_patterns(
    "__pycache__", "db.sqlite3*", ".venv*", ".uv", ".workshop", "packed", "my-chat*", ".git"
)


def commands():
    """Return every line of every console block, once."""
    found = {line for one in blocks() if one.head == "console" for line in one.lines if line}
    return sorted(found)


def words_of(command):
    """Return the tool's arguments in a command line, without what sets variables before it."""
    command = re.sub(r'^(?:\$env:\w+ = "[^"]*"; |\w+=\S+ )', "", command)
    command = command.replace("python -m workshop", PREFIX)
    return shlex.split(command.removeprefix(PREFIX))


def ours():
    """Return the tool's commands, those of the generated pages too."""
    written = [line for text in generated.pages(course.ROOT).values() for line in text.splitlines()]
    found = {one for one in [*commands(), *written] if re.match(r"python3? -m workshop\b", one)}
    return sorted(found | {one for one in commands() if "-m workshop" in one})


def in_prose():
    """Return the commands of the tool that stand in running text."""
    found = {
        one
        for text in pages().values()
        for one in re.findall(r"`(python3 -m workshop[^`\n]*)`", text)
    }
    return sorted(one for one in found if "…" not in one)


def test_every_fenced_block_is_of_a_kind_that_is_checked():
    kinds = {"console", "mermaid"}
    proven = {("doctor.md", 'python title="settings.py"')}  # by tests/doctor/test_checks.py
    strange = {(one.page, one.head) for one in blocks() if one.head not in kinds} - proven
    assert strange == set()


def test_every_other_command_is_of_the_system_or_run_elsewhere():
    others = {one for one in commands() if "-m workshop" not in one} - NOT_OURS
    others -= KNOWN_ELSEWHERE.keys()
    others -= {one for one in others if one.startswith("python3 -m pip config set ")}
    readme = (course.ROOT / "final" / "README.md").read_text("utf-8")  # test_readme runs those
    others -= {one for one in others if f"\n{one}\n" in readme}
    assert others == {
        "python manage.py check --deploy --fail-level WARNING",
    }


@pytest.mark.parametrize("command", [*ours(), *in_prose()])
def test_the_verb_and_its_options_exist(command):
    words = words_of(command)
    if not words or words == ["VERB"]:
        return
    name, *arguments = words
    assert name in cli.cli.commands, command
    context = cli.cli.commands[name].make_context(name, arguments, resilient_parsing=False)
    assert isinstance(context, click.Context)


@pytest.fixture(scope="module")
def own_copy(tmp_path_factory):
    """A copy of the workshop with a learner's folder, for commands that write."""
    root = tmp_path_factory.mktemp("typed") / "workshop"
    shutil.copytree(course.ROOT, root, ignore=LEFT_BY_RUNNING)
    return root


def call(root, *arguments):
    command = [sys.executable, "-m", "workshop.cli", *arguments]
    environment = child_environment(PYTHONPATH=str(root))
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, timeout=120
    )


def test_what_a_learner_types_in_the_chapters_works_in_this_order(own_copy):
    typed = [words_of(one) for one in ours()]
    assert ["start"] in typed and ["check"] in typed and ["hint"] in typed
    assert call(own_copy, "start").returncode == 0
    assert call(own_copy, "check").returncode == 0
    assert "Hint 1 of" in call(own_copy, "hint").stdout
    assert ["catch-up", "03"] in typed
    caught_up = call(own_copy, "catch-up", "03")
    assert caught_up.returncode == 0, caught_up.stderr
    assert (own_copy / "my-chat" / "chat_app" / "consumers.py").is_file()
    assert call(own_copy).stdout.startswith("Channels Workshop")


@pytest.mark.parametrize(
    ("words", "until"),
    [
        (["run", "my-chat", "--port", "0"], r"runs at (http://\S+)"),
        (["docs", "03", "--port", "0"], r"docs are at (http://\S+)"),
    ],
)
def test_what_serves_says_where_and_answers_there(own_copy, words, until):
    if not (own_copy / "my-chat").exists():
        call(own_copy, "start")
    server = subprocess.Popen(
        [sys.executable, "-m", "workshop.cli", *words, "--no-browser"],
        cwd=own_copy,
        env=child_environment(PYTHONPATH=str(own_copy), PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        found = (re.search(until, line) for line in server.stdout)
        address = next(filter(None, found))[1]
        with urllib.request.urlopen(address, timeout=20) as page:
            assert page.status == 200
    finally:
        stop(server)
        server.stdout.close()


def test_the_docs_answer_a_wrong_page_and_a_taken_port_in_one_sentence(own_copy):
    import socket

    wrong = call(own_copy, "docs", "glosary")
    assert wrong.returncode == 2
    assert "Did you mean glossary?" in wrong.stderr
    assert call(own_copy, "docs", "03", "--build").returncode == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = call(own_copy, "docs", "--port", str(port))
    assert busy.returncode == 1
    assert f"Port {port} is taken" in busy.stderr
    assert "Traceback" not in wrong.stderr + busy.stderr


def test_the_finished_app_passes_djangos_check_for_deployment():
    environment = child_environment(
        SECRET_KEY="a-long-one-for-the-test-" * 3, ALLOWED_HOSTS="x.org"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=course.ROOT / "final",
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "command", [one for one in commands() if one.startswith("python3 -m pip config set ")]
)
def test_pip_takes_the_setting(command, tmp_path):
    words = shlex.split(command)[1:]
    done = subprocess.run(
        [sys.executable.replace("pythonw", "python"), "-c", "import pip"], capture_output=True
    )
    python = sys.executable if done.returncode == 0 else sys._base_executable
    environment = child_environment(PIP_CONFIG_FILE=str(tmp_path / "pip.conf"), HOME=str(tmp_path))
    done = subprocess.run(
        [python, *words], env=environment, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr

"""The commands in the READMEs work."""

import contextlib
import re
import shutil
import subprocess
import sys
import urllib.request

import patience
import pytest

from workshop.base.environment import child_environment
from workshop.base.paths import ROOT
from workshop.base.processes import stop
from workshop.course import catalog
from workshop.docs_site import course_blocks
from workshop.notebooks import executed
from workshop.services import network

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
STEPS = [checkpoint for checkpoint in catalog.load() if checkpoint.number]
FINAL = catalog.find("final")
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
PREFIX = "python3 -m workshop "
LEFT_BY_RUNNING = shutil.ignore_patterns(
    # .git above all, which is a file in a worktree: a commit in the copy would land in this one.
    ".git",
    "__pycache__",
    "db.sqlite3*",
    ".venv*",
    ".uv",
    ".workshop",
    "my-chat*",
)


def commands(page):
    """Return the lines of the console blocks in a page."""
    return [line for block in BLOCK.findall(page.read_text("utf-8")) for line in block.splitlines()]


def workshop_commands():
    """Return the arguments after the tool's name. `pictures` is the same on every Python."""
    pages = [*PAGES, *(one.folder / "README.md" for one in (*STEPS, FINAL))]
    found = {line for page in pages for line in commands(page) if line.startswith(PREFIX)}
    found = sorted(line.removeprefix(PREFIX).split("#")[0].strip() for line in found)
    return [pytest.param(one, marks=[pytest.mark.slow] * (one == "pictures")) for one in found]


@contextlib.contextmanager
def served(command, folder, until, environment=None):
    """Run a server and yield the first line of its output that contains `until`."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment or child_environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield next((line for line in process.stdout if until in line), "it stopped")
    finally:
        stop(process)
        process.stdout.close()


@pytest.fixture
def own_copy(tmp_path):
    """A copy of the repository with a git history of two commits, for commands that write."""
    root = tmp_path / "workshop"
    shutil.copytree(ROOT, root, ignore=LEFT_BY_RUNNING)
    git = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    subprocess.run([*git, "init", "--quiet"], cwd=root, check=True)
    for comment in ("", "# An edit to carry.\n"):
        with open(root / "steps" / "02-asgi" / "manage.py", "a") as file:
            file.write(comment)
        subprocess.run([*git, "add", "--all"], cwd=root, check=True)
        subprocess.run([*git, "commit", "--quiet", "-m", "An edit"], cwd=root, check=True)
    return root


def test_the_readmes_table_of_steps_matches_course_toml():
    page = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(
        r"^\| \[(.+?)\]\((.+?)/README\.md\) \| (.+?) \| (\d+) \|$", page, re.MULTILINE
    )
    assert rows == [
        (one.slug, one.folder.relative_to(ROOT).as_posix(), one.title, str(one.minutes))
        for one in catalog.load()
    ]


def test_the_readme_shows_the_same_first_commands_as_the_docs():
    page = (ROOT / "README.md").read_text("utf-8")
    assert "\n".join(course_blocks.clone(ROOT)) in page


@pytest.mark.slow
def test_a_clone_starts_a_project_with_the_first_commands(own_copy, tmp_path):
    _, clone, enter, start, _ = course_blocks.clone(own_copy)
    *git, url = clone.split()
    folder = tmp_path / enter.removeprefix("cd ")
    assert folder.name == url.rpartition("/")[2].removesuffix(".git")
    subprocess.run([*git, "--quiet", own_copy, folder], check=True)
    tool = [sys.executable, "-m", "workshop.cli", *start.removeprefix(PREFIX).split()]
    subprocess.run(tool, cwd=folder, env=child_environment(), check=True)
    assert (folder / "my-chat" / "manage.py").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("words", workshop_commands())
def test_a_command_of_the_workshop_does_what_the_page_says(words, request):
    verb, *arguments = words.split()
    tool = [sys.executable, "-m", "workshop.cli", verb, *arguments]
    if verb == "run":
        command = [*tool, "--no-browser", "--port", "0"]
        with served(command, ROOT, "runs at http://") as line:
            address = re.search(r"http://\S+", line)[0]
            with urllib.request.urlopen(address) as page:
                assert page.status == 200
        return
    own_copy = request.getfixturevalue("own_copy")
    if verb == "test":
        tool.append("--collect-only")  # The tests themselves: this one is among them.
    if verb == "chaos":
        tool += ["--fault", "same-id"]  # All faults are played in test_chaos.py.
    if verb == "load":  # Everything is measured on a quiet machine only.
        tool += ["--only", "busy", "--seconds", "0.2", "--repetitions", "1", "--layers", "memory"]
        tool += ["--servers", "uvicorn", "--against", "websockets"]
    if verb == "layers":  # All of them are measured in test_layers_command.py.
        tool += ["--layers", "memory", "--events", "20", "--repetitions", "1", "--idle", "1"]
        tool += ["--within", "1"]
    if verb == "docs":  # How notebooks are executed is a test of its own: take what is there.
        subprocess.run(["git", "reset", "--quiet", "--hard", "HEAD~1"], cwd=own_copy, check=True)
        place = own_copy / ".workshop" / "executed"
        place.mkdir(parents=True)
        for path in filter(None, map(executed.kept, catalog.notebooks())):
            with contextlib.suppress(FileNotFoundError):  # another test executes it just now
                shutil.copy(path, place)
    if verb in ("lint", "pins"):
        why = "only where the maintainers' tools are installed, as `lint` itself does"
        pytest.importorskip("uv", reason=why)
    if verb in ("check", "hint"):  # what they need is what the command before them made
        start = [sys.executable, "-m", "workshop.cli", "start"]
        subprocess.run(start, cwd=own_copy, env=child_environment(), check=True)
    done = subprocess.run(tool, cwd=own_copy, env=child_environment(), capture_output=True)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.slug)
def test_the_commands_of_a_step_work_in_its_folder(step, tmp_path):
    folder = tmp_path / step.slug
    shutil.copytree(step.folder, folder, ignore=LEFT_BY_RUNNING)
    typed = commands(step.folder / "README.md")
    typed.remove(f"{PREFIX}run {step.number}")
    for command in ["python manage.py migrate", "python manage.py runserver", "pytest"]:
        typed.remove(command)
    assert [line for line in typed if not line.startswith("python -m websockets ws://")] == []
    subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=folder,
        env=child_environment(),
        check=True,
        capture_output=True,
    )
    address = f"127.0.0.1:{network.free_port('127.0.0.1', 0)}"
    server = [sys.executable, "manage.py", "runserver", address]
    with served(server, folder, "Starting ") as line:
        assert ("ASGI/Daphne" in line) is (step.number != "01")
        if step.number == "03":
            assert talk(address, '{"message": "hello"}') == '{"message": "hello"}'
            assert "not JSON" in talk(address, "hello")


@pytest.mark.slow
def test_the_commands_of_the_finished_app_work_in_its_folder(tmp_path):
    folder = tmp_path / "final"
    shutil.copytree(FINAL.folder, folder, ignore=LEFT_BY_RUNNING)
    environment = child_environment(DEBUG="1", PYTHONUNBUFFERED="1")
    moderator = ["createsuperuser", "--no-input", "--username=moderator", "--email=mo@example.org"]
    for words in (["migrate"], ["demo"], moderator):
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    typed = [line.split() for line in commands(FINAL.folder / "README.md")]
    servers = [words for words in typed if words[-1] == "chat_project.asgi:application"]
    assert [words[0] for words in servers] == ["daphne", "uvicorn"]
    servers.append(["manage.py", "runserver"])
    for program, *options in servers:
        port = str(network.free_port("127.0.0.1", 0))
        start = [program] if program == "manage.py" else ["-m", program]
        where = {"manage.py": [port], "uvicorn": ["--port", port], "daphne": []}[program]
        options = [option.replace("port=8000", f"port={port}") for option in options]
        server = [sys.executable, *start, *options, *where]
        with served(server, folder, f":{port}", environment) as line:
            assert f"127.0.0.1:{port}" in line


def talk(address, line):
    """Type a line into `python -m websockets`. Returns the answer that it shows."""
    url = f"ws://{address}/ws/chat/lobby/"
    terminal = subprocess.Popen(
        [sys.executable, "-m", "websockets", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with terminal:
        terminal.stdin.write(f"{line}\n")
        terminal.stdin.flush()
        shown = next(line for line in terminal.stdout if "< " in line)
        terminal.communicate(
            timeout=patience.SECONDS
        )  # ends its input first: it never ends on a broken pipe
        return shown.partition("< ")[2].partition("\x1b")[0].strip()

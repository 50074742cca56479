"""The tool's code only uses what Linux, macOS and Windows have in common."""

import ast
import functools
import os
import subprocess

import pytest

from workshop import help, overview
from workshop.base import commands
from workshop.base.paths import ROOT

FOLDERS = ("workshop", "bench", "channels-doctor/src", "notebooks/lab", "final/chat_app", "steps")
MODULES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
POSIX_ONLY = {  # what Windows lacks, and the modules where it stands behind a condition
    "fcntl": {"lock.py"},
    "fork": {"fork_server.py"},
    "geteuid": {"namespaces.py", "postgres_server.py"},
    "getpgid": {"processes.py"},
    "killpg": {"processes.py"},  # the workshop's and the doctor's
    "pwd": {"postgres_server.py"},
    "resource": {"open_files.py"},
    "SIGKILL": {
        "app_server.py",  # of chaos, which says that Windows can't play it
        "namespaces.py",  # which says that only Linux has them
        "launcher_script.py",
        "fork_server.py",  # forks are for Linux alone
        "forked.py",
    },
    "SIGQUIT": {"postgres_server.py"},
    "SIGSTOP": {"app_server.py"},
    "SOCK_SEQPACKET": {"forked.py"},
    "uname": set(),
    "getuid": set(),
}
TEXT = {"read_text": 0, "write_text": 1}  # the position of the encoding
STARTS = {"run", "Popen", "check_output"}


def inside(path):
    return path.relative_to(ROOT).as_posix()


@functools.cache
def nodes(path):
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


def test_text_is_read_and_written_with_a_named_encoding():
    """Otherwise, Windows decodes names such as Jürgen and UTF-8 files with its own code page."""
    calls = [(path, node) for path in MODULES for node in nodes(path) if isinstance(node, ast.Call)]
    unnamed = [f"{inside(path)}:{node.lineno}" for path, node in calls if has_no_encoding(node)]
    assert unnamed == []


def has_no_encoding(call):
    named = {keyword.arg for keyword in call.keywords}
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if "encoding" in named or None in named:  # None: given as **options
        return False
    if name in TEXT:
        return len(call.args) <= TEXT[name]
    if name == "open" and isinstance(call.func, ast.Name):
        modes = [word.value for word in call.args[1:] if isinstance(word, ast.Constant)]
        return not any("b" in mode for mode in modes)
    return name in STARTS and "text" in named


def test_posix_only_names_are_used_only_behind_a_condition():
    used = {(path, name) for path in MODULES for name in posix_names(path)}
    assert {inside(path) for path, name in used if path.name not in POSIX_ONLY[name]} == set()


def posix_names(path):
    """Return the names of POSIX_ONLY that `path` uses."""
    names = {node.attr for node in nodes(path) if isinstance(node, ast.Attribute)}
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names & set(POSIX_ONLY)


@pytest.mark.parametrize(
    ("system", "launcher", "expected"),
    [("posix", "", "python3"), ("nt", "", "python"), ("nt", "py", "py")],
)
def test_a_printed_command_starts_python_as_the_system_does(
    system, launcher, expected, monkeypatch, tmp_path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    if launcher:
        program = tmp_path / (f"{launcher}.exe" if os.name == "nt" else launcher)
        program.write_bytes(b"")
        program.chmod(0o755)
    assert commands.python_command(system) == expected


@pytest.mark.parametrize("words", [["test", "--help"], ["start", "--help"], ["--help"]])
def test_help_on_windows_names_its_own_command(words, monkeypatch):
    monkeypatch.setattr(commands, "PROGRAM", "py -m workshop")
    monkeypatch.setattr(overview, "PROGRAM", "py -m workshop")
    text = help.answer(words)
    assert "py -m workshop" in text
    assert "python3" not in text


TEXTS_OF_PAGES = {"docs_site", "notebooks", "help_texts"}  # they say what to type on Windows


SPELLED_OUT = {  # their texts are made for the system later, or for one that they can't know
    "workshop/authoring/help_pages.py",
    "workshop/base/commands.py",
    "workshop/learner/own_files.py",
}


def test_no_message_spells_the_command_out():
    workshop = ROOT / "workshop"
    ours = [path for path in MODULES if path.is_relative_to(workshop)]
    ours = [path for path in ours if path.relative_to(workshop).parts[0] not in TEXTS_OF_PAGES]
    assert {inside(path) for path in ours if spelled_out(path)} <= SPELLED_OUT


def spelled_out(path):
    """Return the strings in `path`, except docstrings, that spell out the command."""
    documented = [node for node in nodes(path) if isinstance(node, ast.Module | ast.FunctionDef)]
    docstrings = {ast.get_docstring(node, clean=False) for node in documented}
    texts = {node.value for node in nodes(path) if isinstance(node, ast.Constant)}
    return [text for text in texts - docstrings if "python3 -m workshop" in str(text)]


@pytest.fixture(scope="session")
def crlf_clone(tmp_path_factory):
    """A clone as Git for Windows creates it by default, in the folder of a user called Jürgen."""
    clone = tmp_path_factory.mktemp("Jürgen's files") / "channels workshop"
    settings = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")
    git("clone", "--quiet", *settings, str(ROOT), str(clone), cwd=ROOT)
    return clone


def test_a_clone_on_windows_has_the_same_bytes_as_any_other(crlf_clone):
    listed = git("ls-files", "-z", cwd=crlf_clone).decode("utf-8").split("\0")
    files = [crlf_clone / name for name in listed if name]
    assert len(files) > 300
    assert [path for path in files if b"\r\n" in path.read_bytes() and is_text(path)] == []


def is_text(path):
    return b"\0" not in path.read_bytes()


@pytest.mark.slow
def test_the_tests_of_a_step_pass_in_a_clone_on_windows(crlf_clone, workshop):
    assert "passed" in workshop("test", "02", root=crlf_clone, code=0).stdout


def git(*words, cwd):
    return subprocess.run(["git", *words], cwd=cwd, capture_output=True, check=True).stdout

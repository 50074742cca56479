"""What the tool prints, and where."""

import subprocess
import sys

import patience
import pytest

from workshop import cli, overview
from workshop.base.paths import ROOT
from workshop.course import catalog


def test_without_arguments_it_lists_all_commands_on_one_screen(workshop):
    screen = workshop(code=0).stdout
    listed = {usage.split()[0] for group in overview.GROUPS.values() for usage, _ in group}
    assert listed == set(cli.cli.commands)
    assert all(f"\n  {command} " in screen for command in listed)
    assert all(one.slug in screen for one in catalog.load())
    lines = screen.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in screen
    assert workshop("--help", code=0).stdout == screen


@pytest.mark.parametrize("command", cli.cli.commands)
def test_each_command_explains_itself(workshop, command):
    assert f"Usage: python3 -m workshop {command}" in workshop(command, "--help", code=0).stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["tets"], "No such command 'tets'. Did you mean 'test'?"),
        (["nothing-like-it"], "See: python3 -m workshop --help"),
        (["run", "consumr"], "Did you mean 03-consumer?"),
        (["test", "consumr"], "Did you mean 03-consumer?"),
        (["diff", "1", "nothing-like-it"], "There is no checkpoint called nothing-like-it."),
        (["run", "--port", "many"], "'many' is not a valid integer"),
        (["run", "--prot", "1"], "--port"),
        (["run", "--nothing-like-it"], "See: python3 -m workshop run --help"),
        (["diff", "1"], "Missing argument 'B'"),
        (["carry"], "Missing argument 'STEP'"),
    ],
)
def test_wrong_usage_gets_an_error_and_exit_code_2(workshop, words, expected):
    done = workshop(*words, code=2)
    assert expected in done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves_early_sees_no_error():
    script = "import sys; from workshop import cli; cli.main(['diff', '1', '5'])"
    command = f'"{sys.executable}" -c "{script}" | true'
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=patience.SECONDS
    )
    assert done.stderr == ""


def test_a_command_loads_nothing_heavy_that_it_does_not_use(clean_environment):
    """The Redis client takes longer to import than everything else together."""
    script = (
        "import sys, workshop.cli, workshop.services.serve_project, workshop.learner.screen\n"
        "print([name for name in ('redis', 'matplotlib', 'playwright') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=clean_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["[]"]

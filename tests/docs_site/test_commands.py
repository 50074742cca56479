"""Every command in the docs exists and works, here or in the test named in its proof."""

import ast
import re
import shlex
import sys
from functools import cache

import click
import pytest
from copies import call, run
from doc_pages import blocks
from proofs import PROOFS, WORKSHOP, Elsewhere, Here, InReadme, Like, Nowhere
from typed import commands

from workshop import cli
from workshop.base.paths import ROOT

RUNS_THEM = "test_a_command_of_the_workshop_does_what_the_page_says"
OURS = sorted(one for one in commands() if "-m workshop" in one)


def of_kind(kind):
    return sorted(command for command, proof in PROOFS.items() if isinstance(proof, kind))


def words_of(command):
    """Return the tool's arguments in a command line, without leading variables."""
    command = re.sub(r'^(?:\$env:\w+ = "[^"]*"; |\w+=\S+ )', "", command)
    return shlex.split(re.sub(r"^python[\d.]* -m workshop", "", command))


def test_every_fenced_block_is_of_a_tested_kind():
    kinds = {"console", "mermaid"}
    proven = {
        ("chapters/15-limits.md", "js"),  # by tests/browser/test_pages_of_steps.py
        ("doctor.md", 'python title="settings.py"'),  # by tests/doctor_command
        ("reference/tool.md", "json"),  # by tests/learner/test_report.py
        # What a browser or a script of a reader's own does at the other end.
        ("recipes/binary-frames.md", "javascript"),
        ("recipes/from-a-management-command.md", "python"),
        ("recipes/server-sent-events.md", "javascript"),
        ("recipes/subprotocols.md", "javascript"),
    }
    strange = {(block.page, block.head) for block in blocks() if block.head not in kinds} - proven
    assert strange == set()


def test_every_command_on_a_page_has_a_proof_and_vice_versa():
    assert set(commands()) - set(PROOFS) == set()
    # Pages of notebooks that have not been executed yet say how: it stands in a README as well.
    assert set(PROOFS) - set(commands()) - set(of_kind(InReadme)) == set()


@pytest.mark.parametrize("command", OURS)
def test_the_command_and_its_options_exist(command):
    words = words_of(command)
    if not words:
        return
    name, *arguments = words
    assert name in cli.cli.commands, command
    context = cli.cli.commands[name].make_context(name, arguments, resilient_parsing=False)
    assert isinstance(context, click.Context)


@cache
def functions_of(path):
    """Return {name: source} of a file's functions."""
    text = (ROOT / path).read_text("utf-8")
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    return {
        node.name: "\n".join(
            ast.get_source_segment(text, one) for one in [*node.decorator_list, node]
        )
        for node in found
    }


@pytest.mark.parametrize("command", of_kind(Elsewhere))
def test_the_test_that_proves_it_exists_and_runs_it(command):
    path, name = PROOFS[command].test.split("::")
    assert PROOFS[command].shows in functions_of(path)[name]


@pytest.mark.parametrize("command", of_kind(InReadme))
def test_commands_of_the_readme_are_tested_there(command):
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")]
    assert any(f"\n{command}\n" in page.read_text("utf-8") for page in pages)
    runs = functions_of("tests/test_readme.py")[RUNS_THEM]
    assert "workshop_commands()" in runs and "subprocess.run(tool" in runs


@pytest.mark.parametrize("command", of_kind(Like))
def test_a_similar_command_has_the_same_options_and_a_proof(command):
    other = PROOFS[command].other
    other = other if other in PROOFS else f"{WORKSHOP} {other}"
    assert isinstance(PROOFS[other], Here | Elsewhere | InReadme)
    mine, theirs = words_of(command), words_of(other)
    assert mine[:1] == theirs[:1] and len(mine) - len(theirs) in (0, 1)
    assert [one for one in mine if one[0] == "-"] == [one for one in theirs if one[0] == "-"]


@pytest.mark.parametrize("command", of_kind(Nowhere))
def test_commands_that_cannot_run_here_have_a_reason(command):
    assert len(PROOFS[command].why.split()) > 3


@pytest.mark.slow
@pytest.mark.parametrize("command", of_kind(Here))
def test_it_does_what_the_page_says(command, learner, redis):
    proof = PROOFS[command]
    for example, real in proof.instead.items():
        assert example in command
        command = command.replace(example, real)
    words = shlex.split(command)
    if "-m workshop" in command:
        words = [sys.executable, "-P", "-m", "workshop.cli", *words_of(command)]
    elif words[0] in ("python", "python3"):
        words[0] = sys.executable
    done = run(words, learner, learner / proof.folder, proof.code, REDIS_URL=redis.url)
    if " catch-up " in command:  # the other commands expect what the fixture has made
        call(learner, "catch-up", "04", code=0)
    assert proof.prints in done.stdout + done.stderr

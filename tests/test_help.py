"""`--help` prints at once and installs nothing."""

import os
import subprocess
import sys

import pytest

from workshop import cli, overview
from workshop.authoring import help_pages
from workshop.course import catalog


def test_the_kept_help_is_what_click_prints():
    for path, text in help_pages.pages(cli.cli).items():
        assert path.read_text(encoding="utf-8") == text, "run `python3 -m workshop pictures`"


def test_help_is_kept_for_each_command_and_nothing_else():
    kept = {path.stem for path in help_pages.FOLDER.glob("*.txt")}
    assert kept == set(cli.cli.commands)


@pytest.mark.parametrize("words", [[], ["--help"], ["check", "--help"], ["lite", "--help"]])
def test_help_installs_nothing(copied, clean_environment, words):
    root = copied()
    before = sorted(os.listdir(root))
    done = subprocess.run(
        [sys.executable, "-S", "-m", "workshop", *words],  # -S: without any installed package
        cwd=root,
        env=clean_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    command = words[0] if len(words) == 2 else ""
    wanted = f"Usage: python3 -m workshop {command}" if command else "Steps (STEP"
    assert wanted in done.stdout
    assert done.stderr == ""
    assert sorted(os.listdir(root)) == before


def test_the_overview_is_the_one_of_the_command_line(copied, clean_environment):
    done = subprocess.run(
        [sys.executable, "-S", "-m", "workshop", "--help"],
        cwd=copied(),
        env=clean_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.rstrip() == overview.overview(catalog.load())

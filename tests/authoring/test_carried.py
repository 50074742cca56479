"""A quick run skips the costly tests that a step shares with the previous one."""

import subprocess
import sys

import pytest

from workshop.authoring.testing.suites import PLUGINS, of_steps
from workshop.base.environment import child_environment

BEFORE = """
def test_the_page_opens(browser):
    assert browser.opens("/")

def test_the_page_lists_rooms(browser):
    assert browser.opens("/rooms")

def test_a_message_after_a_while():
    wait(IDLE_SECONDS)

def test_a_number():
    assert 1
"""
AFTER = """
import pytest

@pytest.fixture
def browser(): pass

@pytest.fixture
def window(browser): pass

def test_the_page_opens(browser):
    assert browser.opens("/")

def test_the_page_lists_rooms(browser):
    assert browser.opens("/all-rooms")

def test_the_page_says_hello(window):
    assert window

def test_a_message_after_a_while():
    wait(IDLE_SECONDS)

def test_a_number():
    assert 1
"""


@pytest.fixture
def collect(tmp_path):
    """Return a function that lists the tests in a run of the next step."""
    for folder, text in (("before", BEFORE), ("after", AFTER)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "test_page.py").write_text(text)
    (tmp_path / "after" / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:django", "--collect-only", "-q"]
    plugin = {"PYTHONPATH": str(PLUGINS), "PREVIOUS_TESTS": str(tmp_path / "before")}

    def run(costly, one_of=""):
        done = subprocess.run(
            [*command, "-p", "carried"],
            cwd=tmp_path / "after",
            env=child_environment(**plugin, COSTLY=costly, ONE_OF=one_of),
            capture_output=True,
            text=True,
            check=True,
        )
        return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]

    return run


def test_only_new_and_changed_browser_tests_are_left(collect):
    assert collect("browser") == [
        "test_the_page_lists_rooms",
        "test_the_page_says_hello",
        "test_a_message_after_a_while",
        "test_a_number",
    ]


def test_a_test_that_waits_for_long_is_left_out_too_where_that_counts_as_costly(collect):
    assert "test_a_message_after_a_while" not in collect("browser IDLE_SECONDS")


def test_of_the_new_tests_with_a_browser_a_quick_run_takes_the_first(collect):
    assert collect("browser", "browser") == [
        "test_the_page_lists_rooms",
        "test_a_message_after_a_while",
        "test_a_number",
    ]


def test_each_step_but_the_first_is_compared_with_the_one_before():
    *steps, finished = of_steps()
    previous = [suite.previous for suite in steps]
    assert previous == ["", *[suite.folder for suite in steps[:-1]]]
    assert finished.previous == ""


def test_a_sample_runs_the_last_step_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("SAMPLE", "6")
    last = of_steps()[-2]
    assert "carried" in last.plugins(is_quick=True)
    assert "carried" not in last.plugins(is_quick=False)


def test_only_a_quick_run_and_a_sample_leave_them_out(tmp_path, monkeypatch):
    monkeypatch.delenv("SAMPLE", raising=False)
    third = of_steps()[2]
    options = {"log": tmp_path / "log", "rootdir": tmp_path, "paths": [], "options": []}
    assert "carried" in third.command(**options, is_quick=True)
    assert third.environment(is_quick=True)["COSTLY"] == "browser serve IDLE_SECONDS"
    assert third.environment(is_quick=True)["ONE_OF"] == "browser"
    assert "carried" not in third.command(**options)
    monkeypatch.setenv("SAMPLE", "6")
    assert "carried" in third.command(**options)
    assert third.environment()["COSTLY"] == "browser"
    assert third.environment()["ONE_OF"] == ""

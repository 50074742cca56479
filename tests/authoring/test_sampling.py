"""A run can take a sample of the slow tests."""

import subprocess
import sys

import pytest

from workshop.authoring.testing.suites import PLUGINS
from workshop.base.environment import child_environment

CASES = """
import pytest

@pytest.mark.slow
@pytest.mark.parametrize("case", range(20))
def test_many(case): pass

@pytest.mark.slow
def test_one_more(): pass

@pytest.mark.parametrize("case", range(20))
def test_quick(case): pass
"""
FEW_CASES = """
import pytest

@pytest.mark.slow
@pytest.mark.parametrize("case", range(4))
def test_few(case): pass

@pytest.mark.slow
def test_another(): pass

@pytest.mark.slow
@pytest.mark.parametrize("step", range(6))
def test_each_step(step): pass
"""


@pytest.fixture
def collected(tmp_path):
    """Return the names of the tests that a run would include."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow: takes long\n")
    (tmp_path / "test_cases.py").write_text(CASES)
    (tmp_path / "test_few_cases.py").write_text(FEW_CASES)

    def collect(**environment):
        command = [sys.executable, "-m", "pytest", "-p", "no:django", "--collect-only", "-q"]
        done = subprocess.run(
            [*command, "-p", "sampling"],
            cwd=tmp_path,
            env=child_environment(PYTHONPATH=str(PLUGINS), **environment),
            capture_output=True,
            text=True,
            check=True,
        )
        return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]

    return collect


def of(name, tests):
    return [test for test in tests if test.startswith(name)]


def test_a_sample_has_each_nth_slow_test_of_a_long_list_and_each_eighth_of_the_others(collected):
    tests = collected(SAMPLE="7", SAMPLE_FROM="one commit")
    assert len(of("test_many", tests) + of("test_one_more", tests)) == 3
    assert len(of("test_each_step", tests)) <= 1
    assert len(of("test_few", tests) + of("test_another", tests)) in (1, 2)
    assert len(of("test_quick", tests)) == 20


@pytest.mark.slow
def test_the_same_text_gives_the_same_sample_and_others_reach_the_rest(collected):
    first = collected(SAMPLE="2", SAMPLE_FROM="a")
    assert collected(SAMPLE="2", SAMPLE_FROM="a") == first
    samples = [collected(SAMPLE="2", SAMPLE_FROM=text) for text in "abcdefgh"]
    assert {test for sample in samples for test in sample} == set(collected(SAMPLE="1"))


def test_everything_runs_by_default(collected):
    assert len(collected(SAMPLE="1")) == 52

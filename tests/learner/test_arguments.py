"""A step's name as an argument means the step, and each command names the folder it checks."""

import json
import shlex

import pytest

from workshop.course import catalog

pytestmark = pytest.mark.slow

LAST = catalog.steps()[-1].number


@pytest.fixture
def root(copied):
    return copied("01-project", "02-asgi", "03-consumer")


@pytest.fixture
def mine(root, workshop):
    workshop("start", "--from", "02", root=root, code=0)
    return root / "my-chat"


@pytest.mark.parametrize("name", ["02", "2", "asgi", "02-asgi"])
def test_check_of_a_step_by_its_name_judges_the_learners_folder(name, root, workshop, mine):
    said = workshop("check", name, root=root, code=0).stdout
    assert said.startswith(f"Your project: my-chat\nStep 02 of {LAST}: ")
    assert not (root / name).exists()


def test_a_check_from_inside_the_folder_names_it(root, workshop, mine):
    said = workshop("check", "1", root=root, cwd=mine, code=0).stdout
    assert said.startswith(f"Your project: {mine}\nStep 01 of {LAST}: ")


def test_hint_and_status_take_the_name_of_a_step(root, workshop, mine):
    said = workshop("hint", "03", root=root, code=0).stdout
    assert said.startswith("Your project: my-chat\nNot yet: ") and "(step 03)" in said
    assert "python3 -m workshop hint --step 03\n" in said
    said = workshop("status", "03", root=root, code=0).stdout
    assert said.startswith("Your project: my-chat\n")
    assert "  03-consumer" in said and "  02-asgi" not in said
    state = json.loads(workshop("status", "03", "--json", root=root, code=0).stdout)
    assert state["folder"] == str(mine)
    assert [step["slug"] for step in state["steps"]] == ["03-consumer"]


def test_the_next_command_repeats_the_requested_step(root, workshop, mine):
    said = workshop("check", "03", root=root, code=1).stdout
    assert "python3 -m workshop hint --step 03\n" in said
    said = workshop("check", mine, root=root, code=0).stdout
    assert f"python3 -m workshop check {shlex.quote(str(mine))}\n" in said


@pytest.mark.parametrize("name", ["02", "02-asgi"])
def test_no_folder_gets_the_name_of_a_step(name, root, workshop):
    done = workshop("start", name, root=root, code=2)
    assert f"{name} is the name of a step: `python3 -m workshop start --from {name}`" in done.stderr
    assert not (root / name).exists()
    workshop("start", f"./{name}", root=root, code=0)
    said = workshop("check", f"./{name}", root=root, code=0).stdout
    assert said.startswith(f"Your project: {name}\n")


def test_a_folder_named_like_a_steps_short_name_is_still_a_folder(root, workshop):
    workshop("start", "project", root=root, code=0)
    said = workshop("check", "project", root=root, code=0).stdout
    assert said.startswith(f"Your project: project\nStep 01 of {LAST}: ")


@pytest.mark.parametrize("command", ["check", "hint", "status"])
def test_an_unknown_step_number_is_explained(command, root, workshop, mine):
    done = workshop(command, "42", root=root, code=2)
    assert done.stderr.startswith("There is no checkpoint called 42.")
    assert done.stderr.count("\n") == 1


def test_two_steps_at_once_are_refused(root, workshop, mine):
    done = workshop("check", "02", "--step", "03", root=root, code=2)
    assert done.stderr == "02 and --step 03 both name a step: give one of them.\n"


def test_the_finished_app_is_not_checked(root, workshop, mine):
    done = workshop("check", "final", root=root, code=2)
    assert done.stderr.count("\n") == 1

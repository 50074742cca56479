"""Every goal of the course has tests, an explanation and hints."""

import re
from pathlib import Path

import pytest

from channels_doctor.pitfalls import find as find_pitfall
from workshop.course import catalog
from workshop.learner import findings, hints
from workshop.learner.progress import Found, Progress, looked_at

GOALS = [(step, goal) for step in catalog.steps() for goal in step.goals]
BY_SENTENCE = [pytest.param(*one, id=one[1].says) for one in GOALS]


def names_of_tests(step):
    text = "\n".join((step.folder / path).read_text("utf-8") for path in step.tests)
    return re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE)


def test_every_checkpoint_but_the_finished_app_has_goals():
    assert [step.slug for step in catalog.steps()] == [
        checkpoint.slug for checkpoint in catalog.load() if not checkpoint.rewritten
    ]


@pytest.mark.parametrize("step", catalog.steps(), ids=lambda step: step.slug)
def test_each_new_test_of_a_step_proves_exactly_one_goal(step):
    proving = [test for goal in step.goals for test in goal.tests]
    assert sorted(proving) == sorted(names_of_tests(step))


@pytest.mark.parametrize(("step", "goal"), BY_SENTENCE)
def test_a_goal_has_two_or_three_hints_of_which_the_last_shows_code(step, goal):
    assert 2 <= len(goal.hints) <= 3
    assert all(hint.asks.endswith("?") and hint.says.endswith(".") for hint in goal.hints)
    assert [bool(hint.code) for hint in goal.hints] == [False] * (len(goal.hints) - 1) + [True]
    assert all(len(line) <= 76 for hint in goal.hints for line in hint.code.splitlines()), (
        "a line of code does not fit on a screen of 80 columns"
    )
    lengths = [len(hint.code) for hint in goal.hints]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize(("step", "goal"), BY_SENTENCE)
def test_a_goal_says_what_is_expected(step, goal):
    assert not goal.says.endswith(".") and goal.says[0] in "`" + goal.says[0].upper()
    assert goal.expects.endswith((".", '".'))


@pytest.mark.parametrize("name", catalog.quick())
def test_what_the_check_makes_quicker_is_there(name):
    module, _, constant = name.rpartition(".")
    files = [step.folder / "tests" / f"{module}.py" for step in catalog.steps()]
    assert any(
        re.search(rf"^{constant} = ", path.read_text("utf-8"), re.MULTILINE)
        for path in files
        if path.is_file()
    )


@pytest.mark.parametrize("entry", findings._diagnoses(), ids=lambda entry: entry["seen"][:40])
def test_a_diagnosis_names_a_pitfall_of_the_registry(entry):
    if "pitfall" in entry:
        assert find_pitfall(entry["pitfall"]).id == entry["pitfall"]
    assert entry["says"].endswith((".", "}"))
    for look in entry.get("look", ()):
        re.compile(look.replace("{0}", "x"))


def test_hints_come_one_at_a_time_and_the_last_one_stays(tmp_path):
    given = [hints.give(tmp_path, hints.Needed(*GOALS[0])) for _ in range(4)]
    assert [len(shown) for shown, _ in given] == [1, 2, 2, 2]
    assert [was_last for _, was_last in given] == [False, True, True, True]


def test_what_the_last_check_found_is_not_checked_again(project_of, monkeypatch):
    folder = project_of("02")
    step, goal = next(one for one in GOALS if one[0].number == "03")
    progress = Progress.of(folder)
    progress.unmet, progress.seen = goal.tests[0], looked_at(folder, step)
    progress.save()
    monkeypatch.setattr(hints, "check", lambda *_: pytest.fail("it checked again"))
    assert hints.needed(folder, step) == hints.Needed(step, goal)
    (folder / "chat_app" / "consumers.py").write_text("x = 1\n")
    with pytest.raises(pytest.fail.Exception, match="it checked again"):
        hints.needed(folder, step)


@pytest.mark.slow
def test_a_hint_in_the_terminal_ends_with_the_way_to_the_solution(workshop, project_of):
    folder = project_of("01")
    first, second, third, fourth = (
        workshop("hint", folder, "--step", "02", code=0).stdout for _ in range(4)
    )
    assert "Hint 1 of 3: How do I fix this: runserver answers 404 to every socket?" in first
    assert "Look at chat_project/settings.py, line" in " ".join(first.split())
    assert "catch-up" not in first and f"python3 -m workshop hint {folder}" in first
    assert "Hint 2 of 3: Why does runserver still start Django's own server?" in second
    assert "Hint 3 of 3: Where does it go?" in third and '    "daphne",' in third
    assert "python3 -m workshop catch-up 02" in third
    assert "Hint 3 of 3" in fourth
    assert max(len(line) for line in first.splitlines() if str(folder) not in line) <= 80


def test_a_new_finding_gets_a_hint_of_its_own_and_the_others_go_on(tmp_path):
    step, goal = GOALS[0]
    found = Found("Something failed.", "A comma is missing.", "a.py", 3, rule="missing-comma")
    other = Found("Something else failed.", "Did you mean `b`?", "a.py", 4, rule="slip")
    asked = [
        hints.give(tmp_path, hints.Needed(step, goal, finding))[0][-1].asks
        for finding in (found, found, other, other)
    ]
    rules = hints.rules()
    assert asked == [
        rules["missing-comma"]["asks"],
        goal.hints[0].asks,
        rules["slip"]["asks"],
        goal.hints[1].asks,
    ]


def test_where_nothing_can_be_imported_the_hints_lead_to_code_that_can(workshop, project_of):
    folder = project_of("03")
    (folder / "chat_app" / "consumers.py").write_text("def broken(:\n")
    first, second, third = (
        " ".join(workshop("hint", folder, "--step", "03", code=0).stdout.split()) for _ in range(3)
    )
    assert "Look at chat_app/consumers.py, line 1." in first
    assert "python manage.py check" in second
    assert f"python3 -m workshop diff {folder} 01" in third and "catch-up" in third


@pytest.mark.parametrize("rule", hints.rules())
def test_the_hint_of_a_rule_asks_and_explains(rule):
    hint = hints.rules()[rule]
    assert hint["asks"].endswith("?") and hint["says"].endswith(".")
    readers = Path(hints.__file__).parent / "reading"
    assert any(f'"{rule}"' in path.read_text("utf-8") for path in readers.rglob("*.py"))

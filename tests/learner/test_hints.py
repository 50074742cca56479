"""Every promise of the course is proved, explained and helped with."""

import re

import pytest

from workshop import course
from workshop.learner import findings, hints
from workshop.learner.progress import Progress, digest
from workshop.pitfalls import find as find_pitfall

PROMISES = [(step, promise) for step in course.steps() for promise in step.promises]
BY_SENTENCE = [pytest.param(*one, id=one[1].says) for one in PROMISES]


def names_of_tests(step):
    text = "\n".join((step.folder / path).read_text("utf-8") for path in step.tests)
    return re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE)


def test_every_checkpoint_but_the_finished_app_makes_promises():
    assert [step.slug for step in course.steps()] == [
        checkpoint.slug for checkpoint in course.load() if not checkpoint.rewritten
    ]


@pytest.mark.parametrize("step", course.steps(), ids=lambda step: step.slug)
def test_each_new_test_of_a_step_proves_exactly_one_promise(step):
    proving = [test for promise in step.promises for test in promise.tests]
    assert sorted(proving) == sorted(names_of_tests(step))


@pytest.mark.parametrize(("step", "promise"), BY_SENTENCE)
def test_a_promise_has_two_or_three_hints_of_which_the_last_shows_code(step, promise):
    assert 2 <= len(promise.hints) <= 3
    assert all(hint.asks.endswith("?") and hint.says.endswith(".") for hint in promise.hints)
    assert [bool(hint.code) for hint in promise.hints] == [False] * (len(promise.hints) - 1) + [
        True
    ]
    assert all(len(line) <= 76 for hint in promise.hints for line in hint.code.splitlines()), (
        "a line of code does not fit on a screen of 80 columns"
    )
    lengths = [len(hint.code) for hint in promise.hints]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize(("step", "promise"), BY_SENTENCE)
def test_a_promise_says_what_is_expected(step, promise):
    assert not promise.says.endswith(".") and promise.says[0] in "`" + promise.says[0].upper()
    assert promise.expects.endswith((".", '".'))


@pytest.mark.parametrize("name", course.quick())
def test_what_the_check_makes_quicker_is_there(name):
    module, _, constant = name.rpartition(".")
    files = [step.folder / "tests" / f"{module}.py" for step in course.steps()]
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
    step, promise = PROMISES[0]
    given = [hints.give(tmp_path, step, promise) for _ in range(4)]
    assert [len(shown) for shown, _ in given] == [1, 2, 2, 2]
    assert [was_last for _, was_last in given] == [False, True, True, True]


def test_what_the_last_check_found_is_not_checked_again(project_of, monkeypatch):
    folder = project_of("02")
    step, promise = next(one for one in PROMISES if one[0].number == "03")
    progress = Progress.of(folder)
    progress.unmet, progress.seen = promise.tests[0], f"{step.slug} {digest(folder)}"
    progress.save()
    monkeypatch.setattr(hints, "check", lambda *_: pytest.fail("it checked again"))
    assert hints.needed(folder, step) == (step, promise)
    (folder / "chat_app" / "consumers.py").write_text("x = 1\n")
    with pytest.raises(pytest.fail.Exception, match="it checked again"):
        hints.needed(folder, step)


def test_a_hint_in_the_terminal_ends_with_the_way_to_the_solution(workshop, project_of):
    folder = project_of("01")
    first, second, third = (
        workshop("hint", folder, "--step", "02", code=0).stdout for _ in range(3)
    )
    assert "Hint 1 of 2: Why does runserver still start Django's own server?" in first
    assert "catch-up" not in first and f"python3 -m workshop hint {folder}" in first
    assert "Hint 2 of 2: Where does it go?" in second and '    "daphne",' in second
    assert "python3 -m workshop catch-up 02" in second
    assert "Hint 2 of 2" in third
    assert max(len(line) for line in first.splitlines() if str(folder) not in line) <= 80

"""If you follow the chapters to the letter, from an empty folder, every step works."""

import re

import pytest
from copies import call
from following import CHANGES, NEW, PIECE, WHOLE, Page, apply, make

from workshop.course import catalog

pytestmark = pytest.mark.slow

STEPS = catalog.steps()
# The chapter that says so, and whose exercise it is.
TOLD_TO_TAKE_OUT = {
    "03": "02",
    "05": "01",
    "06": "03",
    "09": "05",
    "10": "09",
    "11": "08",
    "15": "11",
    "16": "15",
}
TYPED = re.compile(r"^python3 -m workshop (start|check|hint)$", re.MULTILINE)


@pytest.fixture(scope="module")
def chapters(online):
    pages = {step: online.folder / "chapters" / step.slug / "index.html" for step in STEPS}
    return {step: Page(path).blocks for step, path in pages.items()}


def code_of(folder):
    """Return {path: text} of the files that a learner types."""
    left_out = {"README.md", "tests", "__pycache__", ".workshop.json", ".vscode", "workshop.py"}
    inside = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    kept = (path for path in inside if not left_out & set(path.parts))
    return {
        path.as_posix(): (folder / path).read_text("utf-8")
        for path in kept
        if "sqlite3" not in path.name
    }


def follow(shown, project):
    """Follow a block's instructions. Returns whether there were any."""
    if shown.title.endswith(CHANGES):
        apply(shown, project)
    elif shown.title.startswith(NEW):
        make(shown, project)
    else:
        return False
    return True


def test_following_the_pages_turns_each_checkpoint_into_the_next(chapters, own_copy, tmp_path):
    project = tmp_path / "typed"
    call(own_copy, "start", str(project), code=0)
    for step, blocks in chapters.items():
        to_do = [one for one in blocks if one.part == "Do it" and "/" in one.title]
        assert to_do
        pieces = []
        for one in to_do:
            if follow(one, project):
                continue
            if one.title.startswith(WHOLE):
                assert (project / one.path).read_text("utf-8") == one.text
            else:
                pieces.append(one)
        for one in pieces:
            words = [line.strip() for line in one.text.splitlines()]
            there = [line.strip() for line in (project / one.path).read_text().splitlines()]
            whole = not one.title.startswith(PIECE)
            assert words == there if whole else "\n".join(words) in "\n".join(there), one.title
        assert code_of(project) == code_of(step.folder)


@pytest.mark.timeout(2400)  # each check waits for real servers; a busy machine takes minutes
def test_typing_every_command_of_the_chapters_passes_each_check(chapters, own_copy):
    """The exercises are done too, and kept unless a page says to remove them.

    The last check comes after the last exercise and not twice: it opens a browser.
    """
    project = own_copy / "my-chat"
    solutions = {}
    for step, blocks in chapters.items():
        if number := TOLD_TO_TAKE_OUT.get(step.number):
            do(solutions[number], project, backwards=True)
        solutions[step.number] = [
            one for one in blocks if one.part == "Exercises" and one.title.endswith(CHANGES)
        ]
        assert solutions[step.number]
        typed = []
        for one in blocks:
            if one.part == "Do it":
                follow(one, project)
            for verb in TYPED.findall(one.text):
                typed.append(verb)
                if verb == "check" and step is STEPS[-1]:
                    do(solutions[step.number], project)
                said = call(own_copy, verb, code=0, WORKSHOP_TIME_LIMIT="60").stdout
                assert verb != "check" or f"Step {step.number} is done" in said, said
        assert typed == (["start", "check", "hint"] if step is STEPS[0] else ["check"])
        if step is not STEPS[-1]:
            do(solutions[step.number], project)
    assert "You've built everything" in said
    assert f"{len(STEPS)} of {len(STEPS)} steps done" in call(own_copy, "status", code=0).stdout


def do(diffs, project, **options):
    for one in reversed(diffs) if options.get("backwards") else diffs:
        apply(one, project, **options)

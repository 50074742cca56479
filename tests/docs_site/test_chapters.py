"""The chapters show all changes, and all have the same parts in the same order."""

import pytest
from doc_pages import directives, pages

from workshop.base import project_files
from workshop.course import catalog
from workshop.docs_site.pages import slides

STEPS = [one for one in catalog.load() if one.number]
PARTS = [
    "What you will be able to do",
    "What you will see",
    "The idea",
    "Do it",
    "Run it",
    "Check it",
    "What can go wrong",
    "Exercises",
    "Key points",
    "What is next",
]
NOT_TAUGHT = {"README.md"}


def by_slug(step):
    return step.slug


def page_of(step):
    return f"chapters/{step.page}.md"


def shown_on(step):
    """Return the paths in a project of the files that a chapter shows completely."""
    shown = set()
    folder = f"steps/{step.slug}/"
    for name, words in directives(page_of(step)):
        if name == "change":
            shown.add(words[1])
        elif name == "tests":
            paths = {*step.tests, *step.added, *step.changed}
            shown |= {path for path in paths if path.startswith("tests/")}
        elif name in ("code", "file") and words[0].startswith(folder) and len(words) == 1:
            shown.add(words[0].removeprefix(folder))
    return shown


@pytest.mark.parametrize("step", STEPS, ids=by_slug)
def test_a_chapter_shows_every_file_that_is_new_or_changed(step):
    if step is STEPS[0]:
        inside = (path for path in step.folder.rglob("*") if path.is_file())
        paths = {path.relative_to(step.folder).as_posix() for path in inside}
        wanted = {path for path in paths if "__pycache__" not in path and "sqlite3" not in path}
        wanted -= NOT_TAUGHT
    else:
        wanted = {*step.tests, *step.added, *step.changed}
    assert sorted(wanted - shown_on(step)) == []


@pytest.mark.parametrize("step", STEPS[1:], ids=by_slug)
def test_changed_files_are_shown_as_a_diff_and_whole(step, online):
    page = (online.folder / "chapters" / step.slug / "index.html").read_text("utf-8")
    for path in step.changed:
        assert f"The whole file: {path}" in page
        assert f"{path}: what changes" in page


@pytest.mark.parametrize("step", STEPS[1:], ids=by_slug)
def test_applying_a_chapters_changes_gives_the_checkpoint(step):
    """The previous checkpoint plus the files on the page is the checkpoint."""
    before = STEPS[STEPS.index(step) - 1]
    mine = {path: text for path, text in files(before).items() if path not in NOT_TAUGHT}
    theirs = {path: text for path, text in files(step).items() if path not in NOT_TAUGHT}
    mine |= {path: theirs[path] for path in shown_on(step)}
    assert mine == theirs


def files(step):
    inside = (path for path in step.folder.rglob("*") if path.is_file())
    return {
        path.relative_to(step.folder).as_posix(): path.read_bytes()
        for path in inside
        if "__pycache__" not in path.parts and "sqlite3" not in path.name
    }


@pytest.mark.parametrize("step", STEPS, ids=by_slug)
def test_every_chapter_has_the_same_parts_in_the_same_order(step):
    found = [part for part in slides.sections(pages()[page_of(step)]) if part in PARTS]
    assert found == PARTS


@pytest.mark.parametrize("step", STEPS, ids=by_slug)
def test_every_chapter_lets_the_reader_see_one_failure(step):
    assert "\n### See it fail\n" in pages()[page_of(step)]


@pytest.mark.parametrize("step", STEPS, ids=by_slug)
def test_a_chapter_has_its_title_a_diagram_notes_and_the_goals(step, online):
    text = pages()[page_of(step)]
    assert f"# {step.heading}\n" in text
    assert "```mermaid" in text
    assert '!!! speaker "' in text
    for word in ("**Note:**", "**Ask:**", "**Demo:**"):
        assert word in text
    page = (online.folder / "chapters" / step.slug / "index.html").read_text("utf-8")
    assert len(step.goals) >= 2
    for goal in step.goals:
        assert plain(goal.says) in plain(page)


def plain(text):
    for mark in ("`", "<code>", '<code class="short">', "</code>", "&#39;", "'", "’", "&rsquo;"):
        text = text.replace(mark, "")
    return text.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize("step", STEPS, ids=by_slug)
def test_a_chapter_has_its_minutes_and_links_to_the_next(step):
    text = pages()[page_of(step)]
    assert f"{{{{ minutes {step.number} }}}}" in text
    end = slides.sections(text)["What is next"]
    following = catalog.load()[STEPS.index(step) + 1]
    assert f"({following.page}.md)" in end


@pytest.mark.parametrize("step", STEPS, ids=by_slug)
def test_most_troubles_link_to_a_pitfall(step):
    text = slides.sections(pages()[page_of(step)])["What can go wrong"]
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 3
    if step.number != "01":
        assert sum("../pitfalls/p" in row for row in rows) >= 3


LAST = page_of(catalog.load()[-1])


def test_the_last_chapter_has_the_parts_of_the_others_and_nothing_to_type():
    text = pages()[LAST]
    wanted = [{"Do it": "Read it"}.get(part, part) for part in PARTS]
    assert [part for part in slides.sections(text) if part in wanted] == wanted
    assert "\n### See it fail\n" in text
    assert "```mermaid" in text
    assert "{{ minutes final }}" in text
    assert {name for name, _ in directives(LAST)} == {"code", "minutes", "output"}


def test_the_pages_of_the_finished_app_show_each_part_once():
    shown = [
        words[0]
        for page in pages()
        if page.startswith("finished/")
        for name, words in directives(page)
        if name == "adds"
    ]
    assert sorted(shown) == sorted({addition.part for addition in catalog.load()[-1].adds})


def test_the_pages_of_the_finished_app_show_its_whole_code(online):
    """Except migrations, and files that are the same in the last step."""
    text = "".join(
        (online.folder / "finished" / page / "index.html").read_text("utf-8")
        for page in ("server", "page")
    )
    app = catalog.load()[-1]
    files = project_files.files(app.folder)
    code = {path for path in files if path.startswith(("chat_app/", "chat_project/"))}
    declared = {addition.path for addition in app.adds}
    assert len(code & declared) > 60
    assert [path for path in code & declared if f": final/{path}" not in text] == []

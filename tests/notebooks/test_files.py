"""The notebooks as files: their format, and what may be committed."""

import re
import subprocess

import nbformat
import pytest
from promises import broken, promised

from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.notebooks import files

NOTEBOOKS = catalog.notebooks()
PITFALLS = "02 17 07 04 05 01 11 20 24 25 26 30 38 39 27 35 37".split()


@pytest.fixture(params=NOTEBOOKS, ids=lambda one: one.slug)
def notebook(request):
    return request.param


@pytest.fixture
def cells(notebook):
    return files.read(notebook.path).cells


def committed(path):
    """Return a file's text as git would commit it, or as it is if there's no git."""
    name = path.relative_to(ROOT).as_posix()
    shown = subprocess.run(["git", "show", f":{name}"], cwd=ROOT, capture_output=True)
    return shown.stdout.decode() if shown.returncode == 0 else path.read_text("utf-8")


def test_course_toml_names_every_notebook():
    there = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert [one.path for one in NOTEBOOKS] == there


def test_it_is_committed_clean_without_outputs(notebook):
    text = committed(notebook.path)
    parsed = nbformat.reads(text, as_version=4)
    nbformat.validate(parsed)
    assert [cell.id for cell in parsed.cells if cell.get("outputs")] == []
    assert text == files.cleaned(parsed)


def test_cleaning_takes_away_outputs_counts_and_metadata_and_keeps_tags():
    cell = nbformat.v4.new_code_cell("1", id="one", execution_count=3)
    cell.outputs = [nbformat.v4.new_output("stream", text="1")]
    cell.metadata = nbformat.from_dict({"tags": ["kept"], "collapsed": True})
    parsed = nbformat.v4.new_notebook(cells=[cell], metadata={"of": "this machine"})
    after = nbformat.reads(files.cleaned(parsed), as_version=4)
    assert after.metadata == files.METADATA
    assert after.cells[0].outputs == [] and after.cells[0].execution_count is None
    assert after.cells[0].metadata == {"tags": ["kept"]}


def test_cell_ids_are_stable(cells):
    assert [cell.id for cell in cells if not re.fullmatch(r"[a-z][a-z0-9-]+", cell.id)] == []


def test_a_notebook_begins_with_title_minutes_and_objectives(notebook, cells):
    top = cells[0].source
    assert top.startswith(f"# {notebook.title}\n")
    assert f"**{notebook.minutes} minutes.**" in top
    assert "you\ncan" in top or "you can" in top
    assert len(re.findall(r"^- ", top, re.MULTILINE)) == 3


def test_a_notebook_ends_with_key_points_and_what_is_next(cells):
    last = cells[-1].source
    assert last.startswith("## Key points\n")
    assert re.search(r"^## What next$", last, re.MULTILINE)
    assert "python3 -m workshop docs" in last


def test_it_has_exercises_with_folded_solutions(cells):
    exercises = [cell.source for cell in cells if cell.source.startswith("## Exercise")]
    assert len(exercises) >= 3
    assert all("<details><summary>Solution</summary>" in text for text in exercises)
    assert all(promised(text) for text in exercises)


def test_prose_and_code_alternate_and_no_cell_is_long(cells):
    kinds = "".join(cell.cell_type[0] for cell in cells)
    assert "ccc" not in kinds
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if len(cell.source.splitlines()) > 20] == []


def test_only_the_first_code_cell_sets_something_up(cells):
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert ["lab.start(" in cell.source for cell in code] == [True] + [False] * (len(code) - 1)
    assert cells[cells.index(code[0]) - 1].source.startswith("The first cell ")


def test_the_pitfalls_come_in_order_each_predicted_explained_and_mended():
    cells = files.read(files.find("04").path).cells
    heads = [n for n, cell in enumerate(cells) if cell.source.startswith(("## P", "## Exercise"))]
    sections = [
        cells[start:end]
        for start, end in zip(heads, heads[1:], strict=False)
        if cells[start].source.startswith("## P")
    ]
    assert [section[0].source[4:6] for section in sections] == PITFALLS
    for section in sections:
        assert "**Predict**" in section[0].source
        assert "<details><summary>Answer</summary>" in section[0].source
        prose = [cell.source for cell in section if cell.cell_type == "markdown"]
        assert [any(f"**{word}" in text for text in prose) for word in ("Why.", "Fix.")] == [
            True,
            True,
        ], section[0].id
        assert section[-1].cell_type == "markdown" and promised(section[-1].source), section[0].id


def test_a_wrong_you_should_see_is_found():
    code = nbformat.v4.new_code_cell("print(1.5)", id="code")
    code.outputs = [nbformat.v4.new_output("stream", text="it took 1.5 seconds\n")]
    words = "**You should see** `1.… seconds` and `two`. Not `three`.\n\n**You should see** `took`."
    prose = nbformat.v4.new_markdown_cell(words, id="prose")
    assert promised(words) == ["1.… seconds", "two", "took"]
    assert broken(nbformat.v4.new_notebook(cells=[code, prose])) == [("prose", "two")]

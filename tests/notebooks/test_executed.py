"""A notebook is executed only once, no matter how many pages show it."""

import shutil

import nbformat
import pytest

from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.notebooks import executed as store
from workshop.notebooks.executed import executed

# On Windows, the kernel's sockets need a thread of their own, and their library says so.
pytestmark = pytest.mark.filterwarnings("ignore:Proactor event loop:RuntimeWarning")


@pytest.fixture
def shown(copied):
    """Write a one-cell notebook into a separate course. Returns where its outputs go."""
    root = copied()
    shutil.copytree(ROOT / "requirements", root / "requirements")
    (root / "notebooks").mkdir()
    notebook = catalog.notebooks(root)[0]

    def show(code):
        cell = nbformat.v4.new_code_cell(code, id="cell")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), notebook.path)
        return executed(notebook, root)

    return show


@pytest.mark.slow
def test_a_notebook_is_executed_again_only_after_a_change(shown):
    first = shown("import time\nprint(time.time_ns())")
    text = first.read_text("utf-8")
    assert nbformat.reads(text, as_version=4).cells[0].outputs[0].text.strip().isdigit()
    assert shown("import time\nprint(time.time_ns())").read_text("utf-8") == text
    second = shown("print('another')")
    assert not first.exists()
    assert nbformat.read(second, as_version=4).cells[0].outputs[0].text == "another\n"


def test_a_failing_cell_is_named(shown):
    with pytest.raises(WorkshopError, match="Cell cell of a notebook in notebooks fails") as raised:
        shown("1 / 0")
    assert "ZeroDivisionError" in str(raised.value)


@pytest.mark.parametrize(
    "path",
    [
        "notebooks/lab/session.py",
        "steps/03-consumer/chat_app/consumers.py",
        "steps/05-template/chat_app/templates/chat_app/chat.html",
        "requirements/run.txt",
        "requirements/docs.txt",
    ],
)
def test_a_changed_dependency_outdates_the_outputs(copied, path):
    root = copied()
    for folder in ("requirements", "notebooks", "steps"):
        shutil.copytree(ROOT / folder, root / folder, dirs_exist_ok=True)
    notebook = catalog.notebooks(root)[0]
    store.keep(notebook, nbformat.read(notebook.path, as_version=4), root)
    assert store.kept(notebook, root)
    with (root / path).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert store.kept(notebook, root) is None


@pytest.mark.parametrize(("name", "value"), [("version", "3.99.0"), ("redis", None)])
def test_another_python_or_a_missing_redis_outdates_the_outputs(copied, monkeypatch, name, value):
    root = copied()
    shutil.copytree(ROOT / "requirements", root / "requirements")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    notebook = catalog.notebooks(root)[0]
    store.keep(notebook, nbformat.read(notebook.path, as_version=4), root)
    assert store.kept(notebook, root)
    if name == "version":
        monkeypatch.setattr(store.sys, "version", value)
    else:
        monkeypatch.delenv("REDIS_URL")
        monkeypatch.setattr(store, "find_server", lambda **options: value)
    assert store.kept(notebook, root) is None

"""`check --watch` reacts to the learner's edits, but not to files that the workshop writes."""

import threading

import pytest
import watchfiles

from workshop.base.project_files import files
from workshop.learner.progress import Progress
from workshop.learner.watch import edits

pytestmark = pytest.mark.slow


def test_writing_the_progress_does_not_count_as_an_edit(tmp_path):
    page = tmp_path / "views.py"
    page.write_text("before\n")
    waiting = edits(tmp_path, print)
    seen = []
    next(waiting)

    def read():
        while seen[-1:] != ["after\n"]:
            next(waiting)
            seen.append(page.read_text())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    # A watcher of our own tells when the change must have been told to the other one, too.
    for _ in range(3):
        beside = watchfiles.watch(tmp_path, debounce=400, yield_on_timeout=True, rust_timeout=50)
        next(beside)
        Progress.of(tmp_path).save()
        while not next(beside):
            pass
    page.write_text("after\n")
    reader.join(30)
    assert seen == ["after\n"]


def test_a_leftover_copy_of_the_progress_does_not_count_as_an_edit(tmp_path):
    (tmp_path / ".workshop.jsonx1y2z3").write_text("{}")
    (tmp_path / "views.py").write_text("x = 1\n")
    assert list(files(tmp_path)) == ["views.py"]

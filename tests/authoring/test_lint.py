"""`lint` finds violations of the repository's rules, and names the failed check."""

import shutil

import pytest

from workshop.base.paths import ROOT

ACROSS = {
    "workshop/base/upward.py": "import workshop.course.catalog",
    "workshop/learner/sideways.py": "import workshop.docs_site.blocks",
    "workshop/authoring/notebook.py": "import workshop.notebooks.files",
    "workshop/course/step.py": "import chat_app.consumers",
    "workshop/course/measured.py": "import bench.load",
    "bench/load/course.py": "import workshop.course.catalog",
    "channels-doctor/src/channels_doctor/measured.py": "import bench",
}


@pytest.mark.slow
def test_a_misspelt_word_and_each_import_across_the_layers_are_named(copied, workshop):
    pytest.importorskip("importlinter", reason="`python3 -m workshop lint` installs the tools.")
    root = copied()
    shutil.copy(ROOT / "pyproject.toml", root)
    for path, line in ACROSS.items():
        (root / path).write_text(f"{line}  # noqa: F401\n")
    word = "Sepe" + "rate"  # in two parts, or this file would fail the check itself
    (root / "workshop" / "base" / "note.py").write_text(f'"""{word}."""\n')
    done = workshop("lint", root=root, code=1)
    assert done.stderr == "Fix what is shown above, found by: codespell, lint-imports.\n"
    assert "note.py" in done.stdout
    for path in ACROSS:
        module = path.removeprefix("channels-doctor/src/").removesuffix(".py").replace("/", ".")
        assert f"{module} -> " in done.stdout, module

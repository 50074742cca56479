"""The first call sets everything up, and later calls are quiet and fast."""

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tool_copy import ROOT

from workshop.setup import bootstrap

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals and scripts")


def test_an_old_python_can_compile_the_bootstrap():
    tree = ast.parse((ROOT / "workshop" / "__main__.py").read_text(), feature_version=(3, 6))
    text = (ROOT / "workshop" / "__main__.py").read_bytes()
    assert not any(isinstance(node, ast.JoinedStr | ast.AnnAssign) for node in ast.walk(tree))
    assert text.isascii(), "Python 2 stops at any other character"


def test_an_old_python_gets_a_one_sentence_error():
    pythons = Path(os.environ.get("PYENV_ROOT", "/nowhere"), "versions").glob("*/bin/python")
    old = [
        python for python in pythons if python.parts[-3].startswith(("2.", "3.6", "3.8", "3.10"))
    ]
    if not old:
        pytest.skip("there is no old Python on this machine")
    for python in old:
        done = subprocess.run(
            [str(python), "-m", "workshop"], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert done.stderr.startswith("This workshop needs Python 3.11 or newer; this is ")
        assert done.stderr.count("\n") == 1


def test_the_first_call_sets_up_and_the_next_installs_nothing(copy):
    _, errors = copy.call("run")
    assert "Setting up (once): the packages of requirements/run.txt" in errors
    copy.uv("exit 1")
    shutil.rmtree(copy.shelf)
    _, errors = copy.call("run")
    assert errors == ""


@pytest.mark.slow
def test_it_works_from_any_folder_and_passes_on_words_and_the_exit_code(copy):
    output, _ = copy.call("run", "two words", "ü", code=7, END_WITH="7", cwd="/")
    assert '"/", ["run", "two words", "\\u00fc"]' in output


@pytest.mark.slow
def test_children_may_write_bytecode_and_home_need_not_be_writable(copy):
    del copy.environment["UV_CACHE_DIR"]
    output, _ = copy.call("run", HOME="/dev/null/nobody", PYTHONDONTWRITEBYTECODE="1")
    assert "[null, null]" in output
    assert (copy.root / ".uv" / "cache").is_dir()


@pytest.mark.slow
def test_changed_pins_are_installed(copy):
    copy.call("run")
    copy.pin("2.0.1")
    output, errors = copy.call("run")
    assert '"2.0.1"' in output
    assert "Setting up" in errors


def test_missing_requirements_are_named(copy):
    (copy.root / "requirements" / "test.txt").unlink()
    _, errors = copy.call("test", code=1)
    assert "requirements/test.txt is missing" in errors


def test_each_command_requires_existing_pins():
    assert bootstrap.NEEDS["test"] == ("run", "test")
    for names in bootstrap.NEEDS.values():
        assert names[0] == "run"
        assert all((ROOT / "requirements" / f"{name}.txt").is_file() for name in names)

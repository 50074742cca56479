"""The code that people copy is easy to read, as CONTRIBUTING.md asks."""

import ast

import pytest

from workshop.base.paths import ROOT

MOST_LINES = 30
FOLDERS = [ROOT / "final", *sorted(path for path in (ROOT / "steps").iterdir() if path.is_dir())]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
WITHOUT_DOCSTRING = {"__init__", "__str__", "Meta"}


def modules(folder):
    """Return the modules of a project, without its tests and migrations."""
    found = sorted(folder.glob("*/**/*.py"))
    left_out = {"migrations", "tests"}
    return [path for path in found if not left_out & set(path.relative_to(folder).parts)]


def places(folder, is_wrong):
    """Return the places in a project where `is_wrong` is true for a node."""
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if is_wrong(node)
    ]


def is_long_function(node):
    return isinstance(node, FUNCTIONS) and node.end_lineno - node.lineno >= MOST_LINES


def is_packed_assignment(node):
    """Whether it's like `a, b = 1, 2`. Unpacking a call's return value is allowed."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Tuple)
        and isinstance(node.value, ast.Tuple)
    )


def lacks_docstring(node):
    is_documented = isinstance(node, (*FUNCTIONS, ast.ClassDef))
    if not is_documented or node.name in WITHOUT_DOCSTRING:
        return False
    return ast.get_docstring(node) is None


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_function_has_at_most_30_lines(folder):
    assert modules(folder)
    assert places(folder, is_long_function) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_line_assigns_once(folder):
    assert places(folder, is_packed_assignment) == []


def test_everything_in_the_finished_app_says_what_it_is_for():
    assert places(ROOT / "final", lacks_docstring) == []

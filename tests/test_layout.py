"""Packages and functions stay small, and each class's name is unique."""

import ast
from collections import Counter

import pytest

from workshop.base.paths import ROOT

MOST_MODULES = 15
LONGEST_FUNCTION = 30  # lines, from `def` to the end
PACKAGES = [ROOT / "workshop", ROOT / "bench", ROOT / "channels-doctor" / "src"]
MODULES = [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]
PROJECTS = [folder for folder in (ROOT / "steps", ROOT / "final") if folder.is_dir()]
NOT_COUNTED = {"tests", "migrations"}
FOLDERS = sorted({path.parent for path in MODULES})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_package_has_at_most_15_modules(folder):
    modules = [path for path in MODULES if path.parent == folder and path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES


def test_no_class_name_is_defined_twice():
    names = Counter(
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert len(names) > 50
    assert [name for name, count in names.items() if count > 1] == []


def length(function):
    return function.end_lineno - function.lineno + 1


def long_functions(folders):
    """Return the file, line and name of each function that is longer than LONGEST_FUNCTION."""
    counted = [
        path
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        if not NOT_COUNTED & set(path.relative_to(folder).parts)
    ]
    return [
        f"{path}:{node.lineno} {node.name} has {length(node)} lines"
        for path in counted
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and length(node) > LONGEST_FUNCTION
    ]


def test_no_function_has_more_than_30_lines():
    assert long_functions([*PACKAGES, *PROJECTS]) == []


def test_a_function_that_is_too_long_is_named_with_its_place(tmp_path):
    body = "    total = 0\n" * LONGEST_FUNCTION
    path = tmp_path / "sums.py"
    path.write_text(f"class Sums:\n    async def add(self):\n{body.replace('    ', ' ' * 8)}")
    assert long_functions([tmp_path]) == [f"{path}:2 add has 31 lines"]

"""Packages stay small, and each class's name is unique."""

import ast
from collections import Counter

import pytest

from workshop.base.paths import ROOT

MOST_MODULES = 15
PACKAGES = [ROOT / "workshop", ROOT / "bench", ROOT / "channels-doctor" / "src"]
MODULES = [path for package in PACKAGES for path in sorted(package.rglob("*.py"))]
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

"""Where the installed packages define a name."""

import functools
import importlib.util
import re
from pathlib import Path

SKIPPED = re.compile(r"(^|[./])(tests?|gis|locale|migrations|management|_\w+)([./]|$)")


@functools.cache
def home_of(name: str, package: str) -> str:
    """Return the shortest dotted name of a module of `package` that defines `name`, or ""."""
    found = []
    pattern = re.compile(rf"^(?:class|(?:async )?def) {re.escape(name)}\b", re.MULTILINE)
    for dotted, path in _modules(package):
        text = path.read_text("utf-8", errors="replace")
        if name in text and (pattern.search(text) or _hands_on(path, text, name)):
            found.append(dotted)
    return min(found, key=lambda dotted: (dotted.count("."), len(dotted)), default="")


def _hands_on(path: Path, text: str, name: str) -> bool:
    """Return whether a package's module re-exports a name that it imports."""
    public = text.partition("__all__")[2]
    return path.name == "__init__.py" and f'"{name}"' in public


@functools.cache
def _modules(package: str) -> list[tuple[str, Path]]:
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return []
    found = []
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in Path(folder).rglob("*.py"):
            inside = path.relative_to(folder).with_suffix("")
            parts = [part for part in inside.parts if part != "__init__"]
            if not SKIPPED.search("/".join(parts)):
                found.append((".".join([package, *parts]), path))
    return found

"""Pieces of source files, found by name."""

import ast
import re
from pathlib import Path

LANGUAGES = {
    ".css": "css",
    ".env": "bash",
    ".html": "html+jinja",
    ".ini": "ini",
    ".js": "javascript",
    ".py": "python",
    ".sh": "bash",
    ".svg": "xml",
    ".toml": "toml",
    ".txt": "text",
    ".yaml": "yaml",
}


class NotFound(Exception):
    """A page names a file or a symbol that doesn't exist."""


def read(root: Path, path: str) -> str:
    """Return the text of the file `path` under `root`. Raises NotFound."""
    file = root / path
    if not file.is_file():
        raise NotFound(f"there is no file {path}")
    return file.read_text(encoding="utf-8").replace("\r\n", "\n")


def language_of(path: str) -> str:
    """Return the highlighter's name for the language of the file `path`."""
    names = {"Dockerfile": "docker", "Caddyfile": "text", ".dockerignore": "text"}
    file = Path(path)
    return names.get(file.name) or LANGUAGES.get(file.suffix, "text")


def piece(text: str, path: str, symbol: str) -> tuple[int, list[str]]:
    """Return the first line's number and the lines of `symbol` in `text`. Raises NotFound.

    In Python, a symbol is a class, a function or an assigned name, with dots for nested ones. In
    JavaScript, it's the name of a function, a class, a method or a constant.
    """
    finder = _in_javascript if path.endswith(".js") else _in_python
    first, last = finder(text, path, symbol)
    return first, text.splitlines()[first - 1 : last]


def _in_python(text: str, path: str, symbol: str) -> tuple[int, int]:
    node = ast.parse(text)
    for part in symbol.split("."):
        found = next((child for child in node.body if part in _names(child)), None)
        if found is None:
            raise NotFound(f"there is no {symbol} in {path}")
        node = found
    decorators = [item.lineno for item in getattr(node, "decorator_list", [])]
    return min([node.lineno, *decorators]), node.end_lineno


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Assign):
        return {name.id for name in ast.walk(node) if isinstance(name, ast.Name)} & {
            name.id
            for target in node.targets
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }
    return {getattr(node, "name", "")} - {""}


def _in_javascript(text: str, path: str, symbol: str) -> tuple[int, int]:
    lines = text.splitlines()
    head = re.compile(
        rf"^(?P<indent>\s*)(?:export )?(?:async )?"
        rf"(?:(?:function|class|const|let) {re.escape(symbol)}\b|{re.escape(symbol)}\(.*\{{$)"
    )
    for number, line in enumerate(lines):
        if match := head.match(line):
            ends = (f"{match['indent']}}}", f"{match['indent']}]", f"{match['indent']})")
            if line.rstrip().endswith(";"):
                return number + 1, number + 1
            for last in range(number + 1, len(lines)):
                if lines[last].startswith(ends):
                    return number + 1, last + 1
    raise NotFound(f"there is no {symbol} in {path}")

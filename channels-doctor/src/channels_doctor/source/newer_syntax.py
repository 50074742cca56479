"""Parses newer syntax: quotes in f-strings, type parameters, `except A, B`."""

import ast
import re
import sys

BEGINS = re.compile(r"""(?<![\w"'])(?:[rR]?[fF]|[fF][rR])("{3}|'{3}|"|')""")
BARE = re.compile(r"^(\s*except\*?\s+)([\w.]+(?:\s*,\s*[\w.]+)+)(\s*:)")
PARAMETERS = re.compile(r"^(\s*(?:class|(?:async\s+)?def)\s+\w+)\[[^\]]*\](?=[(:])")
TYPE = re.compile(r"^(\s*)type\s+(\w+)(?:\[[^\]]*\])?(?=\s*=)")
NEW = (3, 14)
MOST = 60  # lines to simplify; if there are more, it isn't Python


def parse(raw: bytes) -> ast.Module:
    """Return the tree of the source `raw`. Raises SyntaxError if no Python version can parse it.

    An f-string that this Python can't parse keeps its literal parts, and its expressions become the
    name `_`.
    """
    try:
        return ast.parse(raw)
    except SyntaxError as error:
        if sys.version_info >= NEW:
            raise
        return _parsed_simpler(raw.decode("utf-8-sig", errors="replace"), error)


def _parsed_simpler(text: str, error: SyntaxError) -> ast.Module:
    lines = text.splitlines(keepends=True)
    first, changed = error, set()
    for _ in range(MOST):
        number = (error.lineno or 0) - 1
        if number in changed or not 0 <= number < len(lines):
            raise first
        changed.add(number)
        lines[number] = _simpler(lines[number])
        try:
            return ast.parse("".join(lines))
        except SyntaxError as other:
            error = other
    raise first


def _simpler(line: str) -> str:
    """Return `line` in older syntax, with the expressions in its f-strings replaced by a name."""
    line = TYPE.sub(r"\1\2", PARAMETERS.sub(r"\1", BARE.sub(r"\1(\2)\3", line)))
    found, at = [], 0
    for begins in BEGINS.finditer(line):
        if begins.start() < at:
            continue
        end, text = _body(line, begins.end(), begins[1])
        found += [line[at : begins.end()], text]
        at = end
    return "".join([*found, line[at:]])


def _body(line: str, start: int, quote: str) -> tuple[int, str]:
    """Return where the f-string that starts before `start` ends, and its literal parts."""
    found, depth, at = [], 0, start
    while at < len(line):
        if not depth and line.startswith(quote, at):
            return at, "".join(found)
        if line[at : at + 2] in ("{{", "}}") and not depth:
            found.append(line[at : at + 2])
            at += 2
            continue
        depth += (line[at] == "{") - (line[at] == "}")
        if line[at] == "{" and depth == 1:
            found.append("{_}")
        elif not depth and line[at] != "}":
            found.append(line[at])
        at += 1
    return len(line), "".join(found)

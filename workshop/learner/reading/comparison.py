"""Compare a project with the step's solution: almost equal names, and lines that differ."""

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from workshop.learner.reading.project import GUESS, LIKELY, Mistake, SourceProject, nodes, parsed
from workshop.learner.reading.scripts import without_comments
from workshop.learner.reading.spelling import is_close
from workshop.learner.running.trial import CodeLocation

WORD = re.compile(r"[A-Za-z_][\w-]*\w|[A-Za-z_]")
MOST_DIFFERENCES = 4
MOST_SHOWN = 60


@dataclass(frozen=True)
class Difference:
    """Lines of a file that differ: `theirs` begin at `line`, `ours` are the step's."""

    path: str
    line: int
    theirs: tuple[str, ...]
    ours: tuple[str, ...]


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    yield from _slips(project, reference)
    yield from _differences(project, reference)


def _slips(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    """Yield words that are almost the same as one that the step's file has and theirs lacks."""
    known = {word for text in reference.texts.values() for word in WORD.findall(text)}
    for path, text in project.texts.items():
        ours = reference.texts.get(path)
        if not ours:
            continue
        theirs = Counter(WORD.findall(_code(path, text)))
        missing = [word for word in set(WORD.findall(_code(path, ours))) if word not in theirs]
        own = _names_of_their_own(project, path) | _imported(project, path)
        for word in theirs:
            if word in known or word in own or len(word) < 3:
                continue
            near = sorted(name for name in missing if is_close(word, name))
            if near:
                line = _line_with(_code(path, text), word)
                says = f"`{word}` is written here. Did you mean `{near[0]}`?"
                yield Mistake(
                    "slip", says, CodeLocation(path, line), "", word, LIKELY, (word, near[0])
                )


def _code(path: str, text: str) -> str:
    if path.endswith(".js"):
        return without_comments(text)
    if path.endswith(".py"):
        return re.sub(r"(?m)(^|\s)#.*$", "", text)
    return text


def _line_with(text: str, word: str) -> int:
    found = re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _names_of_their_own(project: SourceProject, path: str) -> set[str]:
    """Return the variables that a file defines, because their names are free."""
    if file := project.python.get(path):
        names = {node.id for node in nodes(file.tree) if _is_local_name(node)}
        loaded = {node.id for node in nodes(file.tree) if isinstance(node, ast.Name)}
        others = {node.attr for node in nodes(file.tree) if isinstance(node, ast.Attribute)}
        return (names & loaded) - others - {name for name in names if name.isupper()}
    if path.endswith(".js"):
        text = project.scripts[path]
        return set(re.findall(r"\b(?:const|let|var|function)\s+(\w+)", text))
    return set()


def _imported(project: SourceProject, path: str) -> set[str]:
    """Return the names that a file imports; another rule finds those that don't exist."""
    tree = project.python[path].tree if path in project.python else ast.Module([], [])
    return {
        word
        for node in nodes(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        for word in WORD.findall(f"{alias.name} {alias.asname} {getattr(node, 'module', '')}")
    }


def _is_local_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _differences(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    found = list(differences(project, reference))
    if len(found) > MOST_DIFFERENCES:
        return
    for difference in found:
        says = _in_words(difference, found)
        place = CodeLocation(difference.path, difference.line)
        yield Mistake("difference", says, place, "", difference.path, GUESS)


def differences(project: SourceProject, reference: SourceProject) -> Iterator[Difference]:
    """Yield where the files differ, without regard to comments, docstrings and blank lines."""
    for path, ours in reference.texts.items():
        text = project.texts.get(path)
        if text is None:
            yield Difference(path, 0, (), (path,))
            continue
        if text == ours:
            continue
        theirs, wanted = _lines(path, text), _lines(path, ours)
        matcher = difflib.SequenceMatcher(
            None, [line for line, _ in theirs], [line for line, _ in wanted], autojunk=False
        )
        for tag, start, end, begin, stop in matcher.get_opcodes():
            if tag != "equal":
                number = theirs[min(start, len(theirs) - 1)][1] if theirs else 1
                yield Difference(
                    path,
                    number,
                    tuple(line for line, _ in theirs[start:end]),
                    tuple(line for line, _ in wanted[begin:stop]),
                )


def _lines(path: str, text: str) -> list[tuple[str, int]]:
    if path.endswith(".py") and (tree := parsed(text)):
        return list(_statements(tree, 0))
    lines = _code(path, text).splitlines()
    return [(" ".join(line.split()), n) for n, line in enumerate(lines, 1) if line.strip()]


def _statements(node: ast.AST, depth: int) -> Iterator[tuple[str, int]]:
    """Yield each statement of a module on a separate line; of compound ones, only the head."""
    for name in ("body", "cases", "handlers", "orelse", "finalbody"):
        children = getattr(node, name, [])
        if name in ("orelse", "finalbody") and children:
            yield f"{'  ' * (depth - 1)}{name}", children[0].lineno
        for child in children if isinstance(children, list) else []:
            if _is_docstring(child):
                continue
            lines = ast.unparse(child).splitlines()
            is_compound = hasattr(child, "body") or hasattr(child, "cases")
            for decorator in getattr(child, "decorator_list", []):
                yield f"{'  ' * depth}@{ast.unparse(decorator)}", decorator.lineno
            head = next((line for line in lines if not line.startswith("@")), "")
            number = child.pattern.lineno if isinstance(child, ast.match_case) else child.lineno
            yield "  " * depth + (head if is_compound else " ".join(lines)), number
            if is_compound:
                yield from _statements(child, depth + 1)


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _in_words(difference: Difference, found: list[Difference]) -> str:
    theirs = " ".join(line.strip() for line in difference.theirs)
    ours = " ".join(line.strip() for line in difference.ours)
    if not difference.theirs and ours == difference.path:
        return f"The step's solution has a file {ours}, but your project doesn't."
    elsewhere = [
        match for match in found if match is not difference and match.ours == difference.theirs
    ]
    if difference.theirs and (not difference.ours) and elsewhere:
        return "In the step's solution, this line is in another place."
    if not difference.ours:
        return "The step's solution doesn't have this line."
    if not difference.theirs:
        return f"Compared with the step's solution, a line is missing here: `{_short(ours)}`."
    return f"The step's solution has a different line here: `{_around(theirs, ours)}`."


def _around(theirs: str, ours: str) -> str:
    """Return the part of our line that differs, with its surroundings."""
    if len(ours) <= MOST_SHOWN:
        return ours
    start = 0
    while start < min(len(theirs), len(ours)) and theirs[start] == ours[start]:
        start += 1
    begin = max(0, min(start - 20, len(ours) - MOST_SHOWN))
    return ("…" if begin else "") + _short(ours[begin:])


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"

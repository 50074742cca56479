"""Compare a project with the step's solution: near-identical names, and lines that differ."""

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workshop.base.project_files import text_of
from workshop.learner.reading.files import is_migration
from workshop.learner.reading.project import GUESS, LIKELY, Mistake, SourceProject, nodes, parsed
from workshop.learner.reading.scripts import without_comments
from workshop.learner.reading.spelling import is_close
from workshop.learner.running.trial import CodeLocation

WORD = re.compile(r"(?<!\w)(?:[A-Za-z_][\w-]*\w|[A-Za-z_])")
TEXT = re.compile(r"""(["'])(?:\\.|(?!\1)[^\n])*\1""")
IMPORT = re.compile(r"(?:from|import) ")
MOST_DIFFERENCES = 4
MOST_OLDER_FILES = 2
MOST_SHOWN = 60


@dataclass(frozen=True)
class Difference:
    """Lines of a file that differ: `theirs` begin at `line`, and `ours` are the step's.

    If `theirs` are missing, `line` is the line below, or the last line if they belong at the end.
    """

    path: str
    line: int
    theirs: tuple[str, ...]
    ours: tuple[str, ...]
    is_at_end: bool = False


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    yield from _slips(project, reference)
    yield from _differences(project, reference)


def _slips(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    """Yield words that nearly match one that only the step's file has."""
    known = {word for text in reference.texts.values() for word in WORD.findall(text)}
    for path, text in project.texts.items():
        ours = reference.texts.get(path)
        if not ours:
            continue
        theirs = Counter(WORD.findall(_code(path, text)))
        missing = [word for word in set(WORD.findall(_code(path, ours))) if word not in theirs]
        own = _names_of_their_own(project, path) | _imported(project, path)
        said = _only_said(_code(path, text)) if path.endswith((".py", ".js")) else set()
        for word in theirs:
            if word in known or word in own | said or len(word) < 3:
                continue
            near = sorted(name for name in missing if is_close(word, name))
            if near:
                line = _line_with(_code(path, text), word)
                says = f"`{word}` is written here. Did you mean `{near[0]}`?"
                yield Mistake(
                    "slip", says, CodeLocation(path, line), "", word, LIKELY, (word, near[0])
                )


def _only_said(code: str) -> set[str]:
    """Return the words that only occur in strings for people."""
    return set(WORD.findall(code)) - set(WORD.findall(_without_sentences(code)))


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
    """Return the variables that a file defines, because learners may name them freely."""
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
    """Return the names that a file imports, because another rule finds those that don't exist."""
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
    found = [one for one in differences(project, reference) if not _is_free(project, one)]
    paths = {difference.path for difference in found} if len(found) > MOST_DIFFERENCES else set()
    older = _of_the_step_before(project, reference, paths)
    if len(older) <= MOST_OLDER_FILES:
        for path in older:
            says = f"{path} is still the file of step {older[path]}, which this step changes."
            lines = [difference.line for difference in found if difference.path == path]
            place = CodeLocation(path, lines[0])
            yield Mistake("older-file", says, place, "", path, GUESS)
    found = [difference for difference in found if difference.path not in older]
    found = _that_matter(project, found)
    if len(found) > MOST_DIFFERENCES:
        return
    for difference in found:
        says = _in_words(difference, found)
        place = CodeLocation(difference.path, _line_to_change(project, reference, difference))
        yield Mistake("difference", says, place, "", difference.path, GUESS)


def _that_matter(project: SourceProject, found: list[Difference]) -> list[Difference]:
    """Return the differences without imports of names that aren't used, if others are left.

    What is used without an import is found by another rule.
    """
    others = [one for one in found if not _imports_the_unused(project, one)]
    return others or found


def _imports_the_unused(project: SourceProject, difference: Difference) -> bool:
    lines = difference.theirs + difference.ours
    if not (difference.path.endswith(".py") and all(map(IMPORT.match, lines))):
        return False
    tree = parsed("\n".join(difference.ours)) or ast.Module([], [])
    names = {
        (alias.asname or alias.name).partition(".")[0] for node in tree.body for alias in node.names
    }
    used = {node.id for node in nodes(project.python[difference.path].tree) if _is_loaded(node)}
    return not names & used


def _is_loaded(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _line_to_change(project, reference: SourceProject, difference: Difference) -> int:
    """Return the first line of a longer statement that differs from the step's at that position."""
    if not (difference.theirs and difference.ours):
        return difference.line
    texts = (project.texts[difference.path], reference.texts[difference.path])
    lines, ours = ([line.strip() for line in text.splitlines()] for text in texts)
    blocks = difflib.SequenceMatcher(None, lines, ours, autojunk=False).get_matching_blocks()
    same = {block.a + offset for block in blocks for offset in range(block.size)}
    last = _end_of_statement(project, difference)
    for number in range(difference.line, last + 1):
        if lines[number - 1] and number - 1 not in same:
            return number
    return difference.line


def _end_of_statement(project: SourceProject, difference: Difference) -> int:
    if file := project.python.get(difference.path):
        for node in nodes(file.tree):
            if isinstance(node, ast.stmt) and node.lineno == difference.line:
                return node.body[0].lineno - 1 if hasattr(node, "body") else node.end_lineno
    return difference.line


def _of_the_step_before(project, reference: SourceProject, paths: set[str]) -> dict[str, str]:
    """Return the files that are unchanged since the previous step, with that step's number."""
    steps = sorted(path for path in reference.folder.parent.glob("[0-9]*") if path.is_dir())
    place = steps.index(reference.folder) if reference.folder in steps else 0
    if place == 0:
        return {}
    before = steps[place - 1]
    texts = {path: text_of((before / path).read_bytes()) for path in _that_exist(before, paths)}
    return {
        path: before.name[:2]
        for path, text in texts.items()
        if path in project.texts
        and text is not None
        and [line for line, _ in _lines(path, text)]
        == [line for line, _ in _lines(path, project.texts[path])]
    }


def _that_exist(folder: Path, paths: set[str]) -> list[str]:
    return sorted(path for path in paths if (folder / path).is_file())


def _is_free(project: SourceProject, difference: Difference) -> bool:
    """Return whether the difference is only a variable's name, or the words of a sentence."""
    theirs, ours = "\n".join(difference.theirs), "\n".join(difference.ours)
    if not (theirs and ours):
        return False
    theirs, ours = (_without_sentences(text) for text in (theirs, ours))
    words, wanted = WORD.findall(theirs), WORD.findall(ours)
    if re.sub(WORD, "_", theirs) != re.sub(WORD, "_", ours) or len(words) != len(wanted):
        return False
    own = _names_of_their_own(project, difference.path)
    used = set(WORD.findall(_code(difference.path, project.texts[difference.path])))
    renamed = {(word, other) for word, other in zip(words, wanted, strict=True) if word != other}
    return all(word in own and other not in used for word, other in renamed)


def _without_sentences(code: str) -> str:
    """Return code without its strings for people, which have spaces and no braces."""

    def blank(found: re.Match) -> str:
        return '""' if " " in found[0] and "{" not in found[0] else found[0]

    return re.sub(TEXT, blank, code)


def differences(project: SourceProject, reference: SourceProject) -> Iterator[Difference]:
    """Yield where the files differ, ignoring comments, docstrings and blank lines."""
    has_migrations = _migrations(project) >= _migrations(reference)
    for path, ours in reference.texts.items():
        text = project.texts.get(path)
        if has_migrations and is_migration(path):
            continue
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
                    start == len(theirs),
                )


def _migrations(project: SourceProject) -> int:
    return sum(is_migration(path) for path in project.texts)


def _lines(path: str, text: str) -> list[tuple[str, int]]:
    if path.endswith(".py") and (tree := parsed(text)):
        return list(_statements(tree, 0))
    lines = _code(path, text).splitlines()
    return [(" ".join(line.split()), n) for n, line in enumerate(lines, 1) if line.strip()]


def _statements(node: ast.AST, depth: int) -> Iterator[tuple[str, int]]:
    """Yield each statement of a module on a separate line, and only the head of compound ones."""
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
        where = "below" if difference.is_at_end else "above"
        what = "a line is" if len(difference.ours) == 1 else "lines are"
        return (
            f"Compared with the step's solution, {what} missing {where} this one: `{_short(ours)}`."
        )
    return f"The step's solution has a different line here: `{_around(theirs, ours)}`."


def _around(theirs: str, ours: str) -> str:
    """Return the part of our line that differs, with a little context."""
    if len(ours) <= MOST_SHOWN:
        return ours
    start = 0
    while start < min(len(theirs), len(ours)) and theirs[start] == ours[start]:
        start += 1
    begin = max(0, min(start - 20, len(ours) - MOST_SHOWN))
    return ("…" if begin else "") + _short(ours[begin:])


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"

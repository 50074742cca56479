"""JavaScript: imports that find nothing, loops over indexes, forms that load a page."""

import os
import re
from collections.abc import Iterator

from workshop.learner.reading.pages import line_of
from workshop.learner.reading.project import LIKELY, SURE, Mistake, SourceProject
from workshop.learner.reading.scripts import without_comments
from workshop.learner.reading.spelling import guess
from workshop.learner.running.trial import CodeLocation

IMPORT = re.compile(r"""^[ \t]*import\s+([^"';]+?)\s+from\s+["'](\.{1,2}/[^"']+)["']""", re.M)
EXPORT = re.compile(
    r"^[ \t]*export\s+(?:async\s+)?(?:const|let|var|function\*?|class)\s+(\w+)", re.M
)
EXPORTED = re.compile(r"^[ \t]*export\s*\{([^}]*)\}", re.M)
DEFAULT = re.compile(r"^[ \t]*export\s+default\b", re.M)
LOOP = re.compile(
    r"\bfor\s*\(\s*(?:const|let|var)\s+(\w+|[\[{][^)]*?[\]}])\s+(in|of)\s+([^)\n]+)\)"
)
ARGUMENTS = r"(?:[^()]|\([^()]*\))*"
TOO_EARLY = re.compile(
    r"""\b(setTimeout|setInterval|addEventListener|requestAnimationFrame|queueMicrotask)\("""
    rf"""(\s*["'`]\w+["'`]\s*,)?\s*([\w.]+)\(({ARGUMENTS})\)\s*[,)]"""
    rf"""|\.(on[a-z]+)\s*=\s*([\w.]+)\(({ARGUMENTS})\)\s*;"""
)
ASSIGNED = re.compile(r"\bif\s*\(\s*([\w.]+)\s*=(?![=>])\s*([^()]+?)\s*\)")
CALLED_TOO_EARLY = "called-too-early"
SUBMIT = re.compile(r"""addEventListener\(\s*["'`]submit["'`]\s*,\s*""")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for path, text in project.scripts.items():
        code = without_comments(text)
        ours = without_comments(reference.scripts.get(path, ""))
        yield from _imports(project, path, code)
        yield from _loops(path, code, ours)
        yield from _submits(path, code)
        yield from _called_too_early(path, code)
        yield from _assigned(path, code)


def _imports(project: SourceProject, path: str, code: str) -> Iterator[Mistake]:
    for found in IMPORT.finditer(code):
        module = os.path.normpath(os.path.join(os.path.dirname(path), found[2]))
        module = module.replace(os.sep, "/")
        if module not in project.scripts:
            continue
        other = without_comments(project.scripts[module])
        place = CodeLocation(path, line_of(code, found.start()))
        default = re.match(r"(\w+)", found[1])
        if default and not DEFAULT.search(other):
            yield _no_default(found, place, default[1], _exports(other))
        for name in _names_in_braces(found[1]):
            if name not in {*_exports(other), "default"}:
                yield _not_exported(module, other, place, name)


def _no_default(found: re.Match, place: CodeLocation, name: str, exports: set[str]) -> Mistake:
    better = f"{{ {name} }}" if name in exports else f"* as {name}"
    says = f"{found[2]} has no default export, which a name without braces asks for: write "
    says += f'`import {better} from "{found[2]}"`.'
    return Mistake("missing-export", says, place, "", name, 0, ("named 'default'",))


def _not_exported(module: str, other: str, place: CodeLocation, name: str) -> Mistake:
    """Return the mistake of importing a name that the other module doesn't export."""
    defined = re.search(
        rf"^(?:async\s+)?(?:const|let|var|function\*?|class)\s+{name}\b", other, re.M
    )
    if defined:
        says = f"{place.path} imports {name}, but `export` is missing in front of it here."
        place = CodeLocation(module, line_of(other, defined.start()))
    else:
        says = f"{module} exports no {name}.{guess(name, _exports(other))}"
    return Mistake("missing-export", says, place, "", name, 0, (f"'{name}'",))


def _exports(code: str) -> set[str]:
    lists = [part for found in EXPORTED.finditer(code) for part in found[1].split(",")]
    return set(EXPORT.findall(code)) | {part.split()[-1] for part in lists if part.strip()}


def _names_in_braces(what: str) -> list[str]:
    inside = re.search(r"\{([^}]*)\}", what)
    return [part.split()[0] for part in inside[1].split(",") if part.strip()] if inside else []


def _loops(path: str, code: str, ours: str) -> Iterator[Mistake]:
    """Yield loops over the indexes of what the step's script uses as a list."""
    for found in LOOP.finditer(code):
        values = found[3].strip()
        if found[2] == "in" and _is_a_list(values, code + ours):
            says = f"`for … in` gives the indexes of {values}, as strings: write `for … of`, which "
            place = CodeLocation(path, line_of(code, found.start()))
            yield Mistake("for-in", f"{says}gives the values.", place, "", values, LIKELY)
        if found[2] == "of" and found[1].startswith("[") and values.isidentifier():
            if re.search(rf"\b{values}\s*=\s*\{{", code) and "entries" not in values:
                says = f"{values} is an object, which `for … of` can't loop over: write "
                place = CodeLocation(path, line_of(code, found.start()))
                says += f"`Object.entries({values})`."
                yield Mistake("for-in", says, place, "", values, LIKELY, ("is not iterable",))


def _is_a_list(values: str, code: str) -> bool:
    """Return whether a script uses a value as a list, such as by calling its map()."""
    name = re.escape(values)
    uses = rf"\b{name}\s*(?:\.(?:map|filter|forEach|length|at|push|some|every|find)\b|=\s*\[)"
    return bool(re.search(uses, code) or re.search(rf"\.\.\.{name}\b|\bof\s+{name}\b", code))


def _submits(path: str, code: str) -> Iterator[Mistake]:
    for found in SUBMIT.finditer(code):
        handler = _handler(code, found.end())
        if handler is None or re.search(r"preventDefault|return false", handler):
            continue
        says = "After this handler, the browser also submits the form itself, which loads the page"
        says += " again: begin with `event.preventDefault()`."
        place = CodeLocation(path, line_of(code, found.start()))
        yield Mistake("page-reloads", says, place, "", "submit", LIKELY)


def _assigned(path: str, code: str) -> Iterator[Mistake]:
    """Yield conditions that assign where they should compare."""
    for found in ASSIGNED.finditer(code):
        says = (
            f"`=` in this condition gives {found[1]} the value {found[2]}: to compare them, write "
        )
        says += "`===`, or `<` or `>`."
        place = CodeLocation(path, line_of(code, found.start()))
        yield Mistake("assigned", says, place, "", found[1])


def _called_too_early(path: str, code: str) -> Iterator[Mistake]:
    """Yield calls whose result is passed where the function itself is expected."""
    for found in TOO_EARLY.finditer(code):
        name, arguments = found[3] or found[6], found[4] or found[7] or ""
        is_open = found[1] == "addEventListener" and not found[2]
        if is_open or name.endswith(".bind") or _gives_a_function(code, name):
            continue
        better = f"() => {name}({arguments})" if arguments or "." in name else name
        who = f"{found[1]}()" if found[1] else found[5]
        says = f"This calls {name}() at once, and {who} gets its result. Pass the function: "
        says += f"`{better}`."
        place = CodeLocation(path, line_of(code, found.start()))
        certainty = SURE if _is_defined(code, name) else LIKELY
        yield Mistake(CALLED_TOO_EARLY, says, place, "", name, certainty)


def _is_defined(code: str, name: str) -> bool:
    """Return whether a script itself defines the function or method that it calls."""
    last = name.rpartition(".")[2]
    return bool(
        re.search(rf"\bfunction\s+{last}\b|(?m:^)\s+(?:async\s+)?{last}\([^)]*\)\s*\{{", code)
    )


def _gives_a_function(code: str, name: str) -> bool:
    """Return whether a script's function returns another one, and so has to be called."""
    last = name.rpartition(".")[2]
    found = re.search(rf"\bfunction\s+{last}\b|\b{last}\s*=[^=]|(?m:^)\s*{last}\(", code)
    if not found:
        return False
    first = code[found.end() :].partition("\n}")[0]
    return bool(
        re.search(
            r"\breturn\s+(?:async\s+)?(?:function\b|\([\w, ]*\)\s*=>|\w+\s*=>)|=>[^\n;]*=>", first
        )
    )


def _handler(code: str, start: int) -> str | None:
    """Return the body in braces of the function that begins there, or that is named there."""
    named = re.compile(r"(\w+)\s*\)").match(code, start)
    if named:
        found = re.search(rf"function\s+{named[1]}\b|\b{named[1]}\s*=[^=]", code)
        if not found:
            return None
        start = found.end()
    body = re.compile(r"=>\s*(\{)?|\)\s*(\{)").search(code, start)
    if not body:
        return None
    brace = body.start(1) if body[1] else body.start(2)
    return _block(code, brace) if brace >= 0 else None


def _block(code: str, start: int) -> str | None:
    """Return the code from a position up to the brace that closes the first one."""
    depth = 0
    for position in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[position], 0)
        if depth == 0 and code[position] == "}":
            return code[start : position + 1]
    return None

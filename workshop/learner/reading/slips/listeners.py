"""JavaScript: listeners and timers, elements that nobody sees, strings that are still JSON."""

import re
from collections.abc import Iterator

from workshop.learner.reading.pages import line_of
from workshop.learner.reading.project import LIKELY, Mistake, SourceProject
from workshop.learner.reading.scripts import without_comments
from workshop.learner.running.trial import CodeLocation

HASH = re.compile(r"""getElementById\(\s*["'`]([#.][\w-]+)["'`]""")
NO_HASH = re.compile(r"""querySelector(?:All)?\(\s*["'`]([a-z][\w-]*)["'`]""")
LOST_THIS = re.compile(
    r"""\b(setTimeout|setInterval|addEventListener)\((?:\s*["'`]\w+["'`]\s*,)?\s*"""
    r"""this\.(\w+)\s*[,)]|\.(on[a-z]+)\s*=\s*this\.(\w+)\s*;"""
)
CREATED = re.compile(r"\b(?:const|let|var)\s+(\w+)\s*=\s*document\.createElement\(")
MESSAGES = re.compile(r"""\.onmessage\s*=|addEventListener\(\s*["'`]message["'`]""")
TEXT_OF_PAGE = re.compile(r"JSON\.parse\([^;]*?(?:textContent|getItem|dataset|innerHTML)")
FIELDS = {
    "close": ("code", "reason", "wasClean"), "message": ("data",), "keydown": ("key",),
    "keyup": ("key",), "click": ("target",), "input": ("target", "value"), "storage": ("key",),
}  # fmt: skip
LISTENER = re.compile(
    r"""(?:addEventListener\(\s*["'`](\w+)["'`]\s*,|\.on([a-z]+)\s*=)\s*(?:async\s+)?"""
    r"""(?:\(\s*(\w+)\s*\)\s*=>|(\w+)\s*=>|function\s*\w*\(\s*(\w+)\s*\))"""
)
SEVERAL = re.compile(r"\b(?:const|let|var)\s+(\w+)\s*=\s*[^;=]*\.filter\((?:[^()]|\([^()]*\))*\);")
GLOBAL = {
    "WebSocket", "JSON", "Math", "Map", "Set", "Date", "Array", "Object", "Promise", "Number",
    "String", "Error", "URL", "URLSearchParams", "FormData", "ResizeObserver", "Intl", "console",
    "IntersectionObserver", "document", "window", "location", "localStorage", "sessionStorage",
    "setTimeout", "setInterval", "clearTimeout", "fetch", "crypto", "history", "navigator",
}  # fmt: skip
OF_LOWER_CASE = {name.casefold(): name for name in GLOBAL}
VALUE = re.compile(
    r"\.(textContent|innerHTML|innerText|className|hidden|disabled|checked|scrollTop|readyState)"
    r"\(\s*((?:[^()]|\([^()]*\))*)\)"
)
COMPARED = re.compile(r"(?m)^[ \t]*([\w$]+(?:\.[\w$]+)*)[ \t]*={2,3}[ \t]*([^;=&|?\n]+);[ \t]*$")
OF_A_LIST = {
    "length", "map", "filter", "forEach", "find", "findIndex", "at", "push", "pop", "shift", "some",
    "every", "join", "slice", "sort", "reverse", "concat", "includes", "indexOf", "reduce", "flat",
    "entries", "keys", "values", "splice", "unshift", "flatMap", "findLast", "toSorted",
}  # fmt: skip
HANDLER = re.compile(r"\.(on[A-Z]\w*)\s*=(?!=)")
HANDLERS = {
    "onmessage", "onopen", "onclose", "onerror", "onclick", "onsubmit", "oninput", "onchange",
    "onkeydown", "onkeyup", "onload", "onscroll", "onstorage", "ononline", "onoffline",
}  # fmt: skip
SHOWN = r"(?<![\w.\"'`]){name}(?![\w(]|\s*[.=](?!=))"  # used on its own, and not assigned


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    codes = {path: without_comments(text) for path, text in project.scripts.items()}
    yield from _never_parsed(codes)
    yield from _other_handlers(codes)
    for path, code in codes.items():
        yield from _marks_of_selectors(project, path, code)
        yield from _lost_this(path, code)
        yield from _never_shown(path, code)
        yield from _fields_of_events(path, code)
        yield from _lists_as_items(path, code)
        yield from _other_case(path, code)
        yield from _compared(path, code)
        yield from _values_as_functions(path, code)


def _marks_of_selectors(project: SourceProject, path: str, code: str) -> Iterator[Mistake]:
    """Yield ids that begin with a #, and selectors that lack it."""
    for found in HASH.finditer(code):
        says = f'getElementById() takes the id alone: write `"{found[1][1:]}"`, without '
        says += f"the {found[1][0]}."
        place = CodeLocation(path, line_of(code, found.start()))
        yield Mistake("id-mark", says, place, "", found[1], 0, ("of null",))
    for found in NO_HASH.finditer(code):
        ids = rf"""\bid\s*=\s*["']{found[1]}["']"""
        is_tag = any(re.search(rf"<{found[1]}\b", text) for text in project.pages.values())
        if not is_tag and any(re.search(ids, text) for text in project.pages.values()):
            says = f'A selector for an id begins with #: write `"#{found[1]}"`.'
            place = CodeLocation(path, line_of(code, found.start()))
            yield Mistake("id-mark", says, place, "", found[1], 0, ("of null",))


def _lost_this(path: str, code: str) -> Iterator[Mistake]:
    """Yield methods that are passed on without the object they belong to."""
    for found in LOST_THIS.finditer(code):
        name = found[2] or found[4]
        body = re.search(rf"(?m)^\s*(?:async\s+)?{name}\([^)]*\)\s*\{{(?:.*\n)*?\s*\}}\s*$", code)
        if not body or "this." not in body[0] or re.search(rf"this\.{name}\s*=", code):
            continue
        arguments = re.search(rf"{name}\(([^)]*)\)", body[0])[1].strip()
        better = f"({arguments}) => this.{name}({arguments})"
        says = f"Whoever calls {name}() later doesn't pass on `this`, which {name}() uses: write "
        says += f"`{better}`."
        words = (f"at {name}", "of undefined", "of null", "is not a function")
        place = CodeLocation(path, line_of(code, found.start()))
        yield Mistake("lost-this", says, place, "", name, 0, words)


def _never_parsed(codes: dict[str, str]) -> Iterator[Mistake]:
    """Yield the listener for messages in scripts that never read JSON from a socket."""
    every = "\n".join(codes.values())
    parses = len(re.findall(r"JSON\.parse\(", every)) - len(TEXT_OF_PAGE.findall(every))
    if parses > 0 or re.search(r"\.map\(JSON\.parse\)|= JSON\.parse\s*[;,]|\{ parse \}", every):
        return
    for path, code in codes.items():
        for found in MESSAGES.finditer(code):
            says = "What arrives here is a text with JSON, and nothing reads it: its data is "
            says += "`JSON.parse(event.data)`."
            place = CodeLocation(path, line_of(code, found.start()))
            yield Mistake("not-parsed", says, place, "", "parse", LIKELY)
            return


def _other_handlers(codes: dict[str, str]) -> Iterator[Mistake]:
    """Yield handlers with capitals, which the browser never calls, and no other code either."""
    everything = "\n".join(codes.values())
    for path, code in codes.items():
        for found in HANDLER.finditer(code):
            name, lower = found[1], found[1].lower()
            if lower in HANDLERS and len(re.findall(rf"\b{name}\b", everything)) == 1:
                says = f"The browser never calls {name}: its name for it is `{lower}`."
                place = CodeLocation(path, line_of(code, found.start()))
                yield Mistake("handler-case", says, place, "", name, LIKELY)


def _never_shown(path: str, code: str) -> Iterator[Mistake]:
    """Yield elements that nothing puts into the page."""
    for found in CREATED.finditer(code):
        name, rest = found[1], code[found.end() :]
        rest = rest[: next(re.finditer(r"(?m)^\}", rest), re.search(r"\Z", rest)).start()]
        if not re.search(SHOWN.format(name=re.escape(name)), rest):
            says = f"Nothing puts `{name}` into the page: append it to an element, as in "
            says += f"`list.append({name})`."
            place = CodeLocation(path, line_of(code, found.start()))
            yield Mistake("never-shown", says, place, "", name, LIKELY)


def _fields_of_events(path: str, code: str) -> Iterator[Mistake]:
    """Yield listeners whose parameter has the name of one of the event's fields."""
    for found in LISTENER.finditer(code):
        name = found[3] or found[4] or found[5]
        if name in FIELDS.get(found[1] or found[2], ()):
            says = f"A listener gets the event, and {name} is one of its fields: write "
            says += f"`({{ {name} }})` for the parameter."
            place = CodeLocation(path, line_of(code, found.start()))
            yield Mistake("event-field", says, place, "", name)


def _lists_as_items(path: str, code: str) -> Iterator[Mistake]:
    """Yield results of filter() where a single item is needed."""
    for found in SEVERAL.finditer(code):
        name, rest = found[1], code[found.end() :]
        rest = rest[: next(re.finditer(r"(?m)^\}", rest), re.search(r"\Z", rest)).start()]
        used = set(re.findall(rf"(?<![\w.]){re.escape(name)}\??\.(\w+)", rest))
        if used and not used & OF_A_LIST:
            says = f"filter() returns a list, which has no {sorted(used)[0]}: find() gives its "
            says += "first item."
            place = CodeLocation(path, line_of(code, found.start()))
            yield Mistake("list-as-item", says, place, "", name)


def _other_case(path: str, code: str) -> Iterator[Mistake]:
    """Yield names of the browser's API in the wrong case."""
    for found in re.finditer(r"(?<![\w.$\"'`])(?:new\s+)?([A-Za-z]\w+)(?=[.(])", code):
        name = found[1]
        better = OF_LOWER_CASE.get(name.casefold(), name)
        is_own = re.search(rf"\b(?:class|const|let|var|function|import)\b[^;=]*\b{name}\b", code)
        if better == name or is_own or re.search(rf"[(,]\s*{name}\s*[,)=]", code):
            continue
        place = CodeLocation(path, line_of(code, found.start()))
        says = f"The browser has no {name}. Did you mean `{better}`?"
        yield Mistake("misspelt-name", says, place, "", name, 0, (f"{name} is not defined",))


def _compared(path: str, code: str) -> Iterator[Mistake]:
    """Yield comparisons that are whole statements, where an assignment was meant."""
    for found in COMPARED.finditer(code):
        before = code[: found.start()].rstrip()[-1:]
        if before in ("", ";", "{", "}"):
            says = f"This only compares {found[1]} with {found[2].strip()}. To set it, write a "
            says += f"single `=`: `{found[1]} = {found[2].strip()};`."
            place = CodeLocation(path, line_of(code, found.start(1)))
            yield Mistake("compared", says, place, "", found[1], LIKELY)


def _values_as_functions(path: str, code: str) -> Iterator[Mistake]:
    """Yield properties of an element that are called like functions."""
    for found in VALUE.finditer(code):
        says = f"{found[1]} is a value, not a function: write `.{found[1]} = {found[2] or '…'}`."
        place = CodeLocation(path, line_of(code, found.start()))
        words = (f"{found[1]} is not a function",)
        yield Mistake("value-called", says, place, "", found[1], 0, words)

"""The page's script: ids, the socket's URL, what it sends, misspelt events and methods."""

import os
import re
from collections.abc import Iterator

from workshop.learner.reading.pages import line_of
from workshop.learner.reading.project import LIKELY, Mistake, SourceProject
from workshop.learner.reading.routes import expression_of, pattern_of, socket_routes
from workshop.learner.reading.spelling import nearest
from workshop.learner.running.trial import CodeLocation

EVENTS = {
    "DOMContentLoaded", "blur", "beforeinput", "change", "click", "close", "compositionend",
    "compositionstart", "error", "focus", "focusin", "focusout", "hashchange", "input", "keydown",
    "keyup", "load", "message", "mousedown", "mouseup", "offline", "online", "open", "pagehide",
    "pageshow", "paste", "pointerdown", "pointerup", "popstate", "reset", "resize", "scroll",
    "storage", "submit", "toggle", "touchend", "touchstart", "unload", "visibilitychange", "wheel",
}  # fmt: skip
METHODS = {
    "addEventListener", "append", "appendChild", "createElement", "getElementById", "parse",
    "preventDefault", "querySelector", "querySelectorAll", "requestSubmit", "stringify",
    "scrollIntoView", "textContent", "innerHTML", "classList", "dataset", "readyState", "location",
    "protocol", "host", "pathname",
}  # fmt: skip
ID = re.compile(r"""getElementById\(\s*["'`]([\w-]+)["'`]|querySelector\(\s*["'`]#([\w-]+)["'`]""")


IMPORT = re.compile(
    r"""^\s*(?:import|export)\b[^"';]*?["'](\./[^"']+|\.\./[^"']+)["']""", re.MULTILINE
)
IN_BRACKETS = r"\((?:[^()]|\([^()]*\))*\)"
FETCHED = re.compile(rf"\bfetch{IN_BRACKETS}\s*\.(json|text|blob|ok|status)\b")
STORED = re.compile(r"\b(?:local|session)Storage\.setItem\((?:[^(),]|\([^()]*\))*,\s*([{\[])")
HELPER = re.compile(
    r"(?:const|let|var)\s+(\w+)\s*=\s*\(?\s*(\w+)\s*\)?\s*=>\s*document\.getElementById\(\s*\2\s*\)"
    r"|function\s+(\w+)\(\s*(\w+)\s*\)\s*\{\s*return\s+document\.getElementById\(\s*\4\s*\)"
)


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    ids = _ids(project)
    for path in _used(project) or project.scripts:
        text = project.scripts[path]
        code = without_comments(text)
        yield from _missing_ids(project, reference, path, code, ids)
        yield from _socket_url(project, path, code)
        yield from _sent(path, code)
        yield from _received(path, code)
        yield from _misspelt(path, code)
        yield from _not_called(path, code)
        yield from _of_a_promise(path, code)
        yield from _stored_as_object(path, code)
        yield from _too_early(project, path, code)


def _of_a_promise(path: str, code: str) -> Iterator[Mistake]:
    for found in FETCHED.finditer(code):
        says = f"fetch() returns a promise, which has no `{found[1]}`: await it first,"
        says += " in parentheses, as in `(await fetch(…)).json()`."
        yield Mistake("promise", says, CodeLocation(path, line_of(code, found.start())))


def _stored_as_object(path: str, code: str) -> Iterator[Mistake]:
    for found in STORED.finditer(code):
        says = (
            "The browser's storage only holds strings, and turns this into [object Object]: store"
        )
        says += " what JSON.stringify() makes of it."
        yield Mistake("stored-object", says, CodeLocation(path, line_of(code, found.start())))


def _used(project: SourceProject) -> list[str]:
    """Return the scripts that pages load, and the modules that those import."""
    used = [path for path in project.scripts if _pages_with(project, path)]
    for path in used:
        for name in IMPORT.findall(without_comments(project.scripts[path])):
            module = os.path.normpath(os.path.join(os.path.dirname(path), name))
            module = module.replace(os.sep, "/")
            if module in project.scripts and module not in used:
                used.append(module)
    return used


def _looked_for(project: SourceProject, code: str) -> list[tuple[str, int]]:
    """Return the ids that a script looks up, directly or through a helper, with positions."""
    helpers = {
        found[1] or found[3]
        for text in project.scripts.values()
        for found in HELPER.finditer(without_comments(text))
    }
    found = [(match[1] or match[2], match.start()) for match in ID.finditer(code)]
    for helper in helpers:
        calls = re.finditer(rf"""(?<![\w.]){helper}\(\s*["'`]([\w-]+)["'`]""", code)
        found += [(match[1], match.start()) for match in calls]
    return sorted(found, key=lambda pair: pair[1])


def without_comments(text: str) -> str:
    """Return a script with spaces in place of comments, so that all positions stay the same."""
    pattern = r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|//[^\n]*|/\*.*?\*/"""

    def blank(match):
        return match[0] if match[1] else re.sub(r"[^\n]", " ", match[0])

    return re.sub(pattern, blank, text, flags=re.DOTALL)


def _ids(project: SourceProject) -> dict[str, str]:
    """Return the ids that templates and scripts define, with their locations."""
    found = {}
    for path, text in project.pages.items():
        for match in re.findall(r"""\bid\s*=\s*["']?([\w-]+)|json_script:\s*["']([\w-]+)""", text):
            found[match[0] or match[1]] = path
    for path, text in project.scripts.items():
        for match in re.findall(r"""\.id\s*=\s*["'`]([\w-]+)""", text):
            found[match] = path
    return found


def _missing_ids(project, reference, path, code: str, ids: dict[str, str]) -> Iterator[Mistake]:
    expected = set(_ids(reference))
    for name, position in _looked_for(project, code):
        if name in ids:
            continue
        page = next(iter(_pages_with(project, path)), "the page")
        says = f"The script looks for the id `{name}`, but {page} doesn't have it."
        others = [name for name, where in ids.items() if where == page and name not in expected]
        near = nearest(name, ids) or (others[0] if len(others) == 1 else "")
        says += f" It has `{near}`." if near else ""
        place = CodeLocation(path, line_of(code, position))
        yield Mistake("missing-id", says, place, "", name, 0, ("of null",))


def _pages_with(project: SourceProject, script: str) -> list[str]:
    name = script.rpartition("static/")[2]
    return [page for page, text in project.pages.items() if name in text]


def _socket_url(project: SourceProject, path: str, code: str) -> Iterator[Mistake]:
    for found in re.finditer(r"""["'`](wss?:)?//([^/"'`$]+)(/[^"'`]*)?["'`]""", code):
        host = found[2]
        if re.match(r"(localhost|127\.0\.0\.1|\[::1\]|[\w.-]+)(:\d+)?$", host) and found[1]:
            says = f"The host {host} is hard-coded: use `location.host`, so that it works anywhere."
            place = CodeLocation(path, line_of(code, found.start()))
            pitfall = "P53" if found[1] == "ws:" else ""
            yield Mistake("fixed-host", says, place, pitfall, host)
    calls = socket_routes(project)
    for tried, position in _tried_paths(code):
        if not calls or any(re.search(expression_of(call), tried[1:]) for _, call in calls):
            continue
        route = pattern_of(calls[0][1])
        shown = tried.replace("X", "…")
        says = f"The script connects to {shown}, but the route is /{route}."
        words = ("No route found", "connected")
        place = CodeLocation(path, line_of(code, position))
        yield Mistake("socket-path", says, place, "", shown, 0, words)


def _tried_paths(code: str) -> list[tuple[str, int]]:
    """Return the paths of the sockets that a script opens, with X in place of inserted values."""
    found = []
    for match in re.finditer(r"`([^`]*\$\{(?:window\.)?location\.host\}[^`]*)`", code):
        rest = match[1].partition("host}")[2]
        found.append((re.sub(r"\$\{[^}]*\}", "X", rest), match.start()))
    part = r"""(?:["'][^"']*["']|[\w.]+)"""
    pattern = rf"location\.host\s*\+\s*({part}(?:\s*\+\s*{part})*)"
    for match in re.finditer(pattern, code):
        parts = re.findall(r"""["']([^"']*)["']|([\w.]+)""", match[1])
        found.append(("".join(text if not name else "X" for text, name in parts), match.start()))
    return [(path.partition("?")[0], position) for path, position in found if path]


def _sent(path: str, code: str) -> Iterator[Mistake]:
    for found in re.finditer(
        r"\b(?:\w*[sS]ocket\w*|ws)\.send\(\s*(?!JSON\.stringify)([^\s)])", code
    ):
        place = CodeLocation(path, line_of(code, found.start()))
        says = "A socket sends strings. Use `JSON.stringify(…)`, or the server "
        says += 'gets "[object Object]".'
        certainty = 0 if found[1] == "{" else LIKELY
        yield Mistake("not-stringified", says, place, "", "send", certainty)


def _received(path: str, code: str) -> Iterator[Mistake]:
    for found in re.finditer(r"\b(?:event|e|evt|ev)\.data\.(\w+)", code):
        says = f"event.data is a string. `JSON.parse(event.data).{found[1]}` reads the JSON in it."
        place = CodeLocation(path, line_of(code, found.start()))
        yield Mistake("not-parsed", says, place, "", found[1])
    for found in re.finditer(r"JSON\.parse\(\s*(event|e|evt|ev|message|msg)\s*\)", code):
        says = f"{found[1]} is the event itself: its data is in `{found[1]}.data`."
        place = CodeLocation(path, line_of(code, found.start()))
        yield Mistake("not-parsed", says, place, "", "parse", LIKELY, ("is not valid JSON",))


def _misspelt(path: str, code: str) -> Iterator[Mistake]:
    for found in re.finditer(r"""addEventListener\(\s*["'`](\w+)["'`]""", code):
        if near := nearest(found[1], EVENTS):
            says = f'There is no event "{found[1]}". Did you mean `{near}`?'
            place = CodeLocation(path, line_of(code, found.start()))
            yield Mistake("misspelt-event", says, place, "", found[1], 0, (found[1],))
    for found in re.finditer(r"\.(\w+)", code):
        name = found[1]
        wrong_case = [
            method for method in METHODS if method.casefold() == name.casefold() and method != name
        ]
        near = nearest(name, METHODS) if len(name) > 6 else None
        if wrong_case or near:
            says = f"There's no {name}. Did you mean `{(wrong_case or [near])[0]}`?"
            place = CodeLocation(path, line_of(code, found.start()))
            certainty = 0 if wrong_case else LIKELY
            yield Mistake("misspelt-name", says, place, "", name, certainty, (name,))


def _not_called(path: str, code: str) -> Iterator[Mistake]:
    for found in re.finditer(r"(?m)^\s*([\w$]+(?:\.[\w$]+)+);?[ \t]*$", code):
        before = code[: found.start()].rstrip()[-1:]
        if before in ("", ";", "{", "}", ")") or found[0].rstrip().endswith(";") and before == ">":
            place = CodeLocation(path, line_of(code, found.start(1)))
            says = f"{found[1]} is mentioned here but not called: write `{found[1]}()`."
            yield Mistake("missing-call", says, place, "", found[1])


def _too_early(project: SourceProject, path: str, code: str) -> Iterator[Mistake]:
    """Yield script tags that run the script before the page's elements exist."""
    is_module = bool(re.search(r"^\s*(import|export)\b", code, re.MULTILINE))
    if not is_module and ("DOMContentLoaded" in code or not ID.search(code)):
        return
    name = path.rpartition("static/")[2]
    for page, text in project.pages.items():
        for found in re.finditer(r"<script\b[^>]*>", text):
            is_late = r"\bmodule\b" if is_module else r"\b(defer|async|module)\b"
            if name not in found[0] or re.search(is_late, found[0]):
                continue
            place = CodeLocation(page, line_of(text, found.start()))
            if is_module:
                says = f'{path.rpartition("/")[2]} is a module: write `<script type="module" …>`.'
                words = ("outside a module", "Unexpected token 'export'")
                yield Mistake("no-module", says, place, "", "module", 0, words)
                continue
            before = text[: found.start()]
            is_in_body = "<body" in before or "{% block content" in before
            if not is_in_body or "<form" in text[found.end() :]:
                says = "The script runs before the page's elements exist: write "
                says += "`<script … defer>`."
                yield Mistake("script-too-early", says, place, "", "defer", 0, ("of null",))

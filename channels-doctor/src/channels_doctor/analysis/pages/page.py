"""The project's pages: how they open a socket, and what they do with its messages."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from channels_doctor.finding import Finding, Place, finding
from channels_doctor.source.tree import LEFT_OUT, Tree
from channels_doctor.static.folders import depth_first

KINDS = (".html", ".js", ".jsx", ".ts", ".tsx", ".vue", ".mjs", ".svelte")
SKIPPED = LEFT_OUT | {
    "vendor",
    "vendors",
    "lib",
    "libs",
    "bower_components",
    "static_root",
    "admin",
}
SKIPPED -= {"tests", "test"}
LARGEST = 400_000  # bytes; larger files are bundles
LONGEST = 2_000  # characters per line; longer ones are minified
MOST = 2_000  # files
DEEPEST = 3  # folders below the repository's in which another project may be
SOCKET = re.compile(
    r"new\s+(?:ReconnectingWebSocket|WebSocket|ReconnectingWebsocket)\s*\(|\buseWebSocket\s*\("
)
WRITTEN_OUT = re.compile(r"""["'`]\w|\[\s*["'`]""")  # a subprotocol's name, or a list of them
FIXED = re.compile(r"""["'`]ws://""")
OWN_HOST = re.compile(
    r"""["'`]ws://(?:["']\s*\+\s*|\$\{\s*)(?:(?:window|document)\.)?location\.host"""
)
SECURE = re.compile(r"wss:|wss\b|https:(?!//)|location\.protocol", re.I)
WITHOUT_COLON = re.compile(r"location\.protocol\s*={2,3}\s*[\"']https[\"']")
COMMENT = re.compile(r"^\s*(?://|\*|/\*|<!--|\{#)")
REMARK = re.compile(
    r"<!--.*?-->|\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|/\*.*?\*/|(?m:^[ \t]*//[^\n]*)", re.S
)
CHOSEN = re.compile(r"process\.env|import\.meta\.env")  # the literal is only the default
PARSED = re.compile(
    r"(?:const|let|var)?\s*(?:(\w+)|\{([^}=]*)\})\s*=\s*(?:[\w.]+\s*\?\s*)?"
    r"JSON\.parse\(\s*\w+\.(?:data|body)\s*\)"
)
FIELD = (
    r"(?:const|let|var)\s+(?:(\w+)|\{{([^}}=]*)\}})\s*=\s*"
    r"(?:{names})\b(?:\.\w+|\[[^\]]+\])*\s*(?:;|$|\|\|)"
)
PARAMETERS = ("takes", "given", "in", "one")
ESCAPE = re.compile(
    r"(?:\b_?esc(?:html|attr|ape\w*)?|\w*(?:escape|sanitiz|sanitis|purif)\w*(?:\.\w+)?|\bencode\w*)\s*\(",
    re.I,
)
SINKS = re.compile(
    r"\.(?:innerHTML|outerHTML)\s*\+?=(?!=)|\.insertAdjacentHTML\s*\(\s*['\"`]\w+['\"`]\s*,"
    r"|\.(?:html|append|prepend)\s*\((?=\s*[`'\"])|document\.write\s*\("
)
BUILT = re.compile(r"(?:(?:const|let|var)\s+)?\b(\w+)\s*\+?=\s*(?=[`'\"]\s*<)")
JOINED = re.compile(
    r"(?:(?:const|let|var)\s+)?\b(\w+)\s*\+?=\s*(\w+(?:\s*\+\s*\w+)*)\s*(?:;|$)", re.M
)
KEPT = re.compile(r"^\s*(?:export\s+)?(?:const|let|var)\s+(\w+)\s*=\s*$")
NUMBER = re.compile(
    r"(\w+)\s*=\s*models\.(?:\w*Integer|Float|Decimal)Field\("
    r"|(?:[\"'](\w+)[\"']\s*:|\b(\w+)\s*=)\s*(?:int|float|len|round)\("
)
ITEM = re.compile(r"(\w+)\s*=\s*\w+(?:\.|\[[\"'])(\w+)[\"']?\]?\s*(?:;|\n)")
LISTENER = re.compile(
    r"(?P<target>[\w$.()'\"#\-\[\] ]+?)\.addEventListener\s*\("
    r"|(?:\$\([^)]*\)|\b\$?\w+)\.(?:on|click|submit|keyup|keypress)\s*\("
    r"(?=\s*[\"'`]|\s*function|\s*\(?[\w, ]*\)?\s*=>)"
)
FUNCTION = re.compile(
    r"(?:function\s+(?P<name>\w+)\s*\((?P<takes>[^)]*)\)|(?:const|let|var)\s+(?P<arrow>\w+)"
    r"\s*=\s*(?:async\s*)?(?:function\s*\((?P<given>[^)]*)\)|\((?P<in>[^)]*)\)\s*=>|"
    r"(?P<one>\w+)\s*=>))\s*\{"
)
OPENED = re.compile(
    r"(\w+)\.onopen\s*=\s*(?:async\s*)?(?:function\s*\w*\s*\([^)]*\)|\(?\w*\)?\s*=>)\s*\{"
)


@dataclass
class Page:
    """One of the project's pages or scripts that opens a socket."""

    file: str
    text: str

    def place(self, at: int) -> Place:
        return Place(self.file, self.text.count("\n", 0, at) + 1)

    def line(self, at: int) -> str:
        start = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        return self.text[start : end if end >= 0 else len(self.text)]


def pages(tree: Tree, repository: Path | None = None) -> list[Page]:
    """Return the hand-written files of the project that open a socket.

    They may also be elsewhere in its `repository`, unless that has other projects too.
    """
    found = list(_below(tree.folder, tree.folder, ()))
    if repository and repository in tree.folder.parents and not _has_others(repository, tree):
        found += _below(repository, tree.folder, (tree.folder,))
    return found


def _has_others(repository: Path, tree: Tree) -> bool:
    """Return whether other Django projects are in the `repository`, to which pages may belong."""
    files = depth_first(repository, ("manage.py",), DEEPEST)
    return any(file.parent != tree.folder for file in files)


def _below(top: Path, folder: Path, others: tuple[Path, ...]) -> Iterator[Page]:
    """Yield the pages under `top`, without those in `others`, named relative to `folder`."""
    count = 0
    for here, folders, files in os.walk(top):
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED
            and not name.startswith(".")
            and Path(here, name) not in others
            and not Path(here, name, "pyvenv.cfg").exists()
        )
        for name in sorted(files):
            if not name.endswith(KINDS) or ".min." in name:
                continue
            count += 1
            if count > MOST:
                return
            if page := _read(Path(here, name), folder):
                yield page


def _read(path: Path, folder: Path) -> Page | None:
    try:
        if path.stat().st_size > LARGEST:
            return None
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    opens = SOCKET.search(text) or OWN_HOST.search(text)
    if not opens or max(map(len, text.splitlines()), default=0) > LONGEST:
        return None
    return Page(Path(os.path.relpath(path, folder)).as_posix(), REMARK.sub(_blank, text))


def _blank(found: re.Match) -> str:
    """Return as many empty lines as the comment `found` has."""
    return re.sub(r"[^\n]", " ", found[0])


def check(tree: Tree, found: list[Page]) -> Iterator[Finding]:
    """P53, P65, P63 and P72, in the pages that were `found`."""
    accepts = any("subprotocol" in module.text for module in tree)
    numbers = _numbers(tree)
    for page in found:
        yield from _fixed_scheme(page)
        if not accepts:
            yield from _subprotocol(page)
        yield from _markup(page, numbers)
        yield from _bound_again(page) if "Reconnecting" not in page.text else _on_each_opening(page)


def _fixed_scheme(page: Page) -> Iterator[Finding]:
    """P53: the page always uses ws://, whatever scheme it was opened with."""
    if found := WITHOUT_COLON.search(page.text):
        yield finding(
            "P53",
            'The page compares location.protocol with "https", but it is "https:".',
            page.place(found.start()),
            severity="warning",
            condition="as soon as the page is served over https",
            fix='Write `"https:"`, with its colon.',
            found_by="source",
        )
        return
    for found in FIXED.finditer(page.text):
        if not _opens_only_insecure(page, found):
            continue
        yield finding(
            "P53",
            "The page always opens ws://, even if it was loaded over https://.",
            page.place(found.start()),
            severity="warning",
            condition="as soon as the page is served over https",
            found_by="source",
        )
        return


def _opens_only_insecure(page: Page, found: re.Match) -> bool:
    """Return whether a ws:// that was `found` is opened, and no wss:// is chosen nearby."""
    line = page.line(found.start())
    around = page.text[max(0, found.start() - 300) : found.end() + 300]
    if COMMENT.match(line) or SECURE.search(around) or CHOSEN.search(line):
        return False
    line_start = page.text.rfind("\n", 0, found.start()) + 1
    before = line[: found.start() - line_start]
    is_own = OWN_HOST.match(page.text, found.start())
    return "WebSocket" in around or bool(is_own) or _is_used(page, before)


def _is_used(page: Page, before: str) -> bool:
    """Return whether an address, `before` which a line binds a name, is used under this name."""
    bound = KEPT.match(before)
    uses = rf"\$\{{\s*{bound[1]}\b|\b{bound[1]}\s*\+|\(\s*{bound[1]}\b" if bound else ""
    return bool(uses) and re.search(uses, page.text) is not None


def _signs(text: str, start: int, depth: int) -> Iterator[tuple[int, str, int]]:
    """Yield each character of a script outside its strings, with its position and bracket depth.

    `depth` is the depth at the start. A bracket itself has the depth that follows it.
    """
    quote, at = "", start
    while at < len(text):
        sign = text[at]
        if quote:
            at += sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "\"'`":
            quote = sign
        else:
            depth += (sign in "([{") - (sign in ")]}")
            yield at, sign, depth
        at += 1


def _arguments(text: str, start: int) -> list[str]:
    """Return the arguments of the call whose bracket opens just before `start`."""
    found, begun = [], start
    for at, sign, depth in _signs(text, start, depth=1):
        if not depth:
            return [*found, text[begun:at]]
        if sign == "," and depth == 1:
            found.append(text[begun:at])
            begun = at + 1
    return [*found, text[begun:]]


def _subprotocol(page: Page) -> Iterator[Finding]:
    """P65: the page asks for a subprotocol, but no consumer accepts one."""
    for found in SOCKET.finditer(page.text):
        arguments = _arguments(page.text, found.end())
        second = arguments[1].strip() if len(arguments) > 1 else ""
        is_plain = "Reconnecting" not in found[0]
        if WRITTEN_OUT.match(second) and is_plain:
            yield finding(
                "P65",
                f"The page asks for the subprotocol {second}, but no consumer accepts one.",
                page.place(found.start()),
                found_by="source",
            )
            return


@dataclass(frozen=True)
class Tainted:
    """A name that refers to data from a message, between two places in the page."""

    name: str
    start: int
    end: int


def _tainted(page: Page) -> set[Tainted]:
    """Return the names that hold data from a message."""
    found = {part for match in PARSED.finditer(page.text) for part in _bound(page, match)}
    for _ in range(3):
        names = "|".join(re.escape(part.name) for part in found)
        if not names:
            break
        pattern = re.compile(FIELD.format(names=names), re.M)
        found |= {
            part
            for match in pattern.finditer(page.text)
            if _of_these(found, match.start())
            for part in _bound(page, match)
        }
    return found


def _bound(page: Page, match: re.Match) -> list[Tainted]:
    """Return the names that `match` binds, within the enclosing block."""
    start, end = _block(page.text, match.start())
    return [Tainted(name, start, end) for name in _names(match)]


def _block(text: str, at: int) -> tuple[int, int]:
    """Return where the innermost block around `at` begins and ends."""
    start, depth = at - 1, 0
    while start >= 0:
        depth += (text[start] == "}") - (text[start] == "{")
        if depth < 0:
            break
        start -= 1
    end, depth = at, 0
    while end < len(text):
        depth += (text[end] == "{") - (text[end] == "}")
        if depth < 0:
            break
        end += 1
    return start, end


def _of_these(found: set[Tainted], at: int) -> set[str]:
    """Return which of the names hold message data at `at`."""
    return {part.name for part in found if part.start <= at <= part.end}


def _names(found: re.Match) -> list[str]:
    if found[1]:
        return [found[1]]
    parts = (
        part.partition(":")[2] or part.partition(":")[0] for part in (found[2] or "").split(",")
    )
    return [part.partition("=")[0].strip() for part in parts if part.strip()]


def _markup(page: Page, numbers: set[str]) -> Iterator[Finding]:
    """P72: user-written text is inserted into the page as markup."""
    tainted = _tainted(page)
    tainted |= _parameters(page, tainted)
    built = _built(page, tainted, numbers)
    for found in SINKS.finditer(page.text):
        text = _statement(page.text, found.end())
        if ESCAPE.search(text) or COMMENT.match(page.line(found.start())):
            continue
        names = _of_these(tainted, found.start())
        made = _inserted(_of_these(built, found.start()), text)
        if not made and _written_by_nobody(_inserted(names, text), _counted(page, numbers)):
            continue
        yield finding(
            "P72",
            "A message is inserted as HTML, so its sender can run scripts here.",
            page.place(found.start()),
            condition="when somebody sends markup",
            found_by="source",
        )
        return


def _inserted(names: set[str], text: str) -> list[str]:
    """Return where one of `names` is inserted into the markup `text`."""
    if not names:
        return []
    listed = "|".join(map(re.escape, names))
    start = r"(?:^\s*|\$\{\s*|\+\s*|[=(]\s*)"
    return re.findall(rf"{start}(?:{listed})\b(?!\s*\()[\w.\[\]'\"]*", text)


def _built(page: Page, tainted: set[Tainted], numbers: set[str]) -> set[Tainted]:
    """Return the names of markup that the page's scripts build from a message's data."""
    found = set()
    for match in BUILT.finditer(page.text):
        text = _statement(page.text, match.end())
        inserted = _inserted(_of_these(tainted, match.start()), text)
        if not ESCAPE.search(text) and not _written_by_nobody(inserted, _counted(page, numbers)):
            found |= {Tainted(match[1], *_declared(page.text, match))}
    for match in JOINED.finditer(page.text) if found else ():
        if _of_these(found, match.start()) & set(re.findall(r"\w+", match[2])):
            found |= {Tainted(match[1], *_declared(page.text, match))}
    return found


def _declared(text: str, match: re.Match) -> tuple[int, int]:
    """Return the block in which the name that `match` assigns is declared."""
    pattern = rf"\b(?:const|let|var)\s+{re.escape(match[1])}\b"
    declared = [found.start() for found in re.finditer(pattern, text[: match.start() + 1])]
    return _block(text, declared[-1] if declared else match.start())


def _numbers(tree: Tree) -> set[str]:
    """Return the names of values that the project stores or sends as numbers."""
    found = {next(filter(None, match)) for module in tree for match in NUMBER.findall(module.text)}
    return {name.lower() for name in found} - {"message", "text", "data"}


def _counted(page: Page, numbers: set[str]) -> set[str]:
    """Return `numbers`, and the names that the page binds to values of these names."""
    items = [(match[1].lower(), match[2].lower()) for match in ITEM.finditer(page.text)]
    others = {name for name, item in items if item not in numbers}
    return numbers | {name for name, item in items if item in numbers} - others


def _parameters(page: Page, tainted: set[Tainted]) -> set[Tainted]:
    """Return the parameters of the page's functions that are called with data from a message."""
    found = set()
    for function in FUNCTION.finditer(page.text):
        name = function["name"] or function["arrow"]
        listed = next(filter(None, (function[kind] for kind in PARAMETERS)), "")
        parameters = [part.partition("=")[0].strip() for part in listed.split(",")]
        start, end = _block(page.text, function.end())
        for call in re.finditer(rf"(?<![\w.$]){re.escape(name)}\s*\(", page.text):
            names = _of_these(tainted, call.start())
            if not names or re.search(r"function\s+$", page.text[: call.start()]):
                continue
            pairs = zip(parameters, _arguments(page.text, call.end()), strict=False)
            found |= {
                Tainted(part, start, end)
                for part, text in pairs
                if part.isidentifier() and _holds(names, text)
            }
    return found


def _holds(names: set[str], text: str) -> bool:
    """Return whether the argument `text` contains one of `names`, unchanged."""
    listed = "|".join(map(re.escape, names))
    given = re.search(rf"(?:^|[^\w.$])(?:{listed})\b(?!\s*\()", text)
    return bool(given) and not ESCAPE.search(text)


def _written_by_nobody(inserted: list[str], numbers: set[str]) -> bool:
    """Return whether only numbers or trusted markup are inserted, and nothing a person wrote.

    A value called html is assumed to come from a template, which escapes its context.
    """
    texts = (text.strip(" ${+(=").removesuffix(".trim") for text in inserted)
    ends = {re.split(r"[.\s+${(=\[\]'\"]+", text.rstrip("]'\""))[-1].lower() for text in texts}
    ends = {"html" if end.endswith("html") else end for end in ends}
    return not ends - numbers or ends - numbers <= {
        "id",
        "pk",
        "count",
        "length",
        "total",
        "number",
        "score",
        "timestamp",
        "time",
        "html",
    }


def _statement(text: str, start: int) -> str:
    """Return the rest of the statement at `start`, up to a semicolon outside strings."""
    text = text[: start + 3000]
    for at, sign, depth in _signs(text, start, depth=0):
        ends_here = sign == "\n" and not depth and at > start + 1 and _ends(text, at)
        if sign == ";" or depth < 0 or ends_here:
            return text[start:at]
    return text[start:]


def _ends(text: str, at: int) -> bool:
    """Return whether the line that ends at `at` also ends its statement."""
    before, after = text[:at].rstrip()[-1:], text[at:].lstrip()[:1]
    return before not in "+=,(" and after not in "+.`)"


def _bound_again(page: Page) -> Iterator[Finding]:
    """P63: a function that reopens a socket adds event handlers to the page each time."""
    for found in FUNCTION.finditer(page.text):
        name = found["name"] or found["arrow"]
        body = _body(page.text, found.end())
        opened = re.search(r"(?:(?:const|let|var)\s+)?([\w.]+)\s*=\s*" + SOCKET.pattern, body)
        again = re.search(
            rf"set(?:Timeout|Interval)\s*\(\s*(?:{name}\b|\(?[^)]*\)?\s*=>\s*\{{?\s*{name}\s*\(|function\s*\(\)\s*\{{\s*{name}\s*\()",
            body,
        )
        if not opened or not again:
            continue
        for listener in LISTENER.finditer(body):
            target = (listener["target"] or "").strip()
            if target.rpartition(".")[2] in (opened[1].rpartition(".")[2], "ws", "socket", "this"):
                continue
            yield finding(
                "P63",
                f"{name}() opens a new socket, and adds the page's handler again each time.",
                page.place(found.end() + listener.start()),
                condition="after the first reconnection: one click then sends twice",
                found_by="source",
                about=name,
            )
            return


def _on_each_opening(page: Page) -> Iterator[Finding]:
    """P63: onopen, which a reconnecting socket calls again, adds event handlers to the page."""
    for found in OPENED.finditer(page.text):
        body = _body(page.text, found.end())
        for listener in LISTENER.finditer(body):
            target = (listener["target"] or "").strip()
            if target.rpartition(".")[2] in (found[1], "ws", "socket", "this"):
                continue
            yield finding(
                "P63",
                f"{found[1]}.onopen runs on each reconnection, and adds the page's handler again.",
                page.place(found.end() + listener.start()),
                condition="after the first reconnection: one click then sends twice",
                found_by="source",
                about="onopen",
            )
            return


def _body(text: str, start: int) -> str:
    """Return the code between the bracket that opens just before `start` and its end."""
    depth, at = 1, start
    while at < len(text) and depth:
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
    return text[start:at]

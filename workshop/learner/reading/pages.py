"""Templates: unloaded tags, and blocks, routes, files and names that don't exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from workshop.learner.reading.project import LIKELY, Mistake, PythonFile, SourceProject, nodes
from workshop.learner.reading.routes import includes_others, routes
from workshop.learner.reading.spelling import guess, nearest
from workshop.learner.reading.statements import call_name, functions
from workshop.learner.running.trial import CodeLocation

TAGS = {
    "static": "static", "get_static_prefix": "static", "trans": "i18n", "translate": "i18n",
    "blocktranslate": "i18n", "localize": "l10n", "cache": "cache",
}  # fmt: skip
BUILT_IN = {
    "autoescape", "block", "comment", "csrf_token", "cycle", "debug", "extends", "filter",
    "firstof", "for", "if", "ifchanged", "include", "load", "lorem", "now", "regroup",
    "resetcycle", "spaceless", "templatetag", "url", "verbatim", "widthratio", "with", "else",
    "elif", "empty", "querystring", "partial", "partialdef",
}  # fmt: skip
CLOSED = {"autoescape", "block", "comment", "filter", "for", "if", "spaceless", "verbatim", "with"}
FROM_DJANGO = {
    "request", "user", "perms", "messages", "csrf_token", "forloop", "block", "debug", "True",
    "False", "None",
}  # fmt: skip
POST_FORM = re.compile(
    r"""<form\b[^>]*\bmethod\s*=\s*["']?post\b.*?(?=</form>|\Z)""", re.DOTALL | re.IGNORECASE
)
ELSEWHERE = "static-elsewhere"
TAG = re.compile(r"\{%-?\s*(\w+)([^%]*)%\}")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for path, text in project.pages.items():
        yield from _tags(project, path, text)
        yield from _blocks(project, path, text)
        yield from _ends_of_blocks(path, text)
        yield from _routes(project, path, text)
        yield from _static_files(project, path, text)
        yield from _labels(path, text)
        yield from _forms(path, text)
    for file in project.python.values():
        yield from _rendered(project, file)
        yield from _context(project, file)


def _forms(path: str, text: str) -> Iterator[Mistake]:
    for form in POST_FORM.finditer(text):
        if not re.search(r"csrf_token|csrf_input|\{%-?\s*include", form[0]):
            says = "Django answers a POST form with 403 unless it contains `{% csrf_token %}`."
            place = CodeLocation(path, line_of(text, form.start()))
            yield Mistake("no-token", says, place, "", "", LIKELY, ("csrf_token",))


def tags(text: str) -> list[tuple[str, str, int]]:
    """Return the name, the arguments and the line of each tag of a template."""
    return [(tag[1], tag[2].strip(), line_of(text, tag.start())) for tag in TAG.finditer(text)]


def line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _tags(project, path: str, text: str) -> Iterator[Mistake]:
    loaded = {word for name, rest, _ in tags(text) if name == "load" for word in rest.split()}
    closed = {name for name, _, _ in tags(text) if name.startswith("end")}
    for name, _, line in tags(text):
        place = CodeLocation(path, line)
        library = TAGS.get(name)
        if library and library not in loaded:
            says = f"`{{% {name} %}}` needs `{{% load {library} %}}` at the top of this template."
            yield Mistake("not-loaded", says, place, "", name, 0, (f"'{name}'",))
        if name in CLOSED and f"end{name}" not in closed:
            says = f"`{{% {name} %}}` is never closed: `{{% end{name} %}}` is missing."
            yield Mistake("not-closed", says, place, "", name)
        is_known = name in BUILT_IN or name in TAGS or name.removeprefix("end") in BUILT_IN
        near = nearest(name, {*BUILT_IN, *TAGS, *(f"end{tag}" for tag in CLOSED)})
        if not is_known and near and not (loaded - set(TAGS.values())):
            says = f"Django doesn't know the tag `{name}`. Did you mean `{near}`?"
            yield Mistake("unknown-tag", says, place, "", name, 0, (f"'{name}'",))


def _blocks(project, path: str, text: str) -> Iterator[Mistake]:
    parent = _parent(text)
    if not parent:
        return
    found = template(project, parent)
    line = next(line for name, _, line in tags(text) if name == "extends")
    if not found:
        near = guess(parent, map(template_name, project.pages))
        says = f"There's no template {parent}.{near}"
        yield Mistake("missing-template", says, CodeLocation(path, line), "", parent, 0, (parent,))
        return
    before = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", text, flags=re.DOTALL)
    if not re.match(r"\s*\{%\s*extends", before):
        says = "`{% extends %}` has to be the first thing in a template."
        yield Mistake("extends-first", says, CodeLocation(path, 1), "", parent)
    known = _blocks_above(project, found)
    own = {rest.split()[0] for name, rest, _ in tags(text) if name == "block" and rest}
    outer = _outermost_blocks(text)
    for block, line in outer:
        if block not in known:
            near = nearest(block, known - own) or next(iter(sorted(known - own)), "")
            says = f"This fills a block `{block}`, but {found} has no block with that name."
            says += f" It has `{near}`." if near else ""
            yield Mistake("unknown-block", says, CodeLocation(path, line), "", block)


def _ends_of_blocks(path: str, text: str) -> Iterator[Mistake]:
    """Yield ends of blocks with the name of another block."""
    opened = []
    for name, rest, line in tags(text):
        if name == "block" and rest:
            opened.append(rest.split()[0])
        elif name == "endblock" and opened:
            wanted = opened.pop()
            if rest and rest.split()[0] != wanted:
                says = f"This ends the block {wanted}: write `{{% endblock {wanted} %}}`."
                place = CodeLocation(path, line)
                yield Mistake("endblock", says, place, "", wanted, 0, ("endblock",))
                return


def _outermost_blocks(text: str) -> list[tuple[str, int]]:
    depth, found = 0, []
    for name, rest, line in tags(text):
        if name == "block" and rest:
            if depth == 0:
                found.append((rest.split()[0], line))
            depth += 1
        elif name == "endblock":
            depth -= 1
    return found


def _parent(text: str) -> str:
    for name, rest, _ in tags(text):
        if name == "extends":
            return rest.strip("\"' ")
    return ""


def _blocks_above(project, path: str) -> set[str]:
    found = set()
    for _ in range(10):
        text = project.pages[path]
        found |= {rest.split()[0] for name, rest, _ in tags(text) if name == "block" and rest}
        path = template(project, _parent(text))
        if not path:
            break
    return found


def template_name(path: str) -> str:
    """Return the name under which Django finds the template at `path`."""
    return path.rpartition("templates/")[2]


def template(project: SourceProject, name: str) -> str:
    """Return the path of the template `name`, or ""."""
    if not name:
        return ""
    return next((path for path in project.pages if path.endswith(f"templates/{name}")), "")


def _routes(project, path: str, text: str) -> Iterator[Mistake]:
    names = {
        keyword.value.value
        for _, call in routes(project)
        for keyword in call.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
    } | _empty_routes(project)
    if includes_others(project):
        return
    for tag, rest, line in tags(text):
        found = re.match(r"""['"]([\w-]+)['"]""", rest)
        if tag == "url" and found and found[1] not in names and names:
            near = guess(found[1], names)
            says = f"No route is called {found[1]}.{near}"
            place = CodeLocation(path, line)
            if not near and (nameless := _nameless(project, found[1])):
                says += f' This one has no name: add `name="{found[1]}"` to it.'
                place = nameless
            yield Mistake("route-name", says, place, "", found[1], 0, (found[1],))


def _nameless(project, name: str) -> CodeLocation | None:
    """Return the only unnamed route whose URL or view contains `name`, or None."""
    word = name.replace("-", "").replace("_", "").casefold()
    found = [
        file.at(call)
        for file, call in routes(project)
        if not any(keyword.arg == "name" for keyword in call.keywords)
        and word in ast.unparse(call).replace("_", "").casefold()
    ]
    return found[0] if len(found) == 1 else None


def _empty_routes(project) -> set[str]:
    return {
        keyword.value.value
        for file in project.python.values()
        for node in nodes(file.tree)
        if call_name(node) in ("path", "re_path")
        for keyword in node.keywords
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant)
    }


def _static_files(project, path: str, text: str) -> Iterator[Mistake]:
    known = {path.rpartition("static/")[2] for path in project.paths if "static/" in path}
    for tag, rest, line in tags(text):
        name = rest.split(" as ")[0].strip("\"' ")
        if tag != "static" or not name or name in known or "{" in name or "'" in rest[1:-1]:
            continue
        places = [path for path in project.paths if path.endswith(f"/{PurePosixPath(name).name}")]
        says = f"There's no file static/{name} in any app.{guess(name, known)}"
        if places and "Did you mean" not in says:
            says += f" It's at {places[0]}."
        rule = ELSEWHERE if places or "Did you mean" in says else "static-file"
        yield Mistake(rule, says, CodeLocation(path, line), "", name, 0, (name,))


def _labels(path: str, text: str) -> Iterator[Mistake]:
    ids = set(re.findall(r"""\bid\s*=\s*["']([\w-]+)["']""", text))
    for found in re.finditer(r"""\bfor\s*=\s*["']([\w-]+)["']""", text):
        if found[1] not in ids and not found[1].startswith("id_"):
            says = f'The label is for "{found[1]}", but no element here has that id.'
            says += guess(found[1], ids)
            place = CodeLocation(path, line_of(text, found.start()))
            yield Mistake("label", says, place, "", found[1], LIKELY)


def _rendered(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield templates that a view names but Django can't find."""
    for node in nodes(file.tree):
        if not _is_template_name(node) or template(project, node.value):
            continue
        name = PurePosixPath(node.value).name
        others = [path for path in project.pages if PurePosixPath(path).name == name]
        wanted = f"{file.path.partition('/')[0]}/templates/{node.value}"
        says = f"Django looks for {node.value} in the templates/ folder of each installed app."
        if others:
            says = f"Django looks for the template at {wanted}, but yours is at {others[0]}."
        elif near := nearest(node.value, map(template_name, project.pages)):
            says += f" Did you mean `{near}`?"
        yield Mistake("missing-template", says, file.at(node), "", node.value, 0, (node.value,))


def _is_template_name(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[\w./-]+\.html?", node.value) is not None
    )


def _context(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield names that a template uses but its view doesn't pass."""
    for function in functions(file.tree):
        for node in nodes(function):
            if call_name(node) != "render" or len(node.args) < 2:
                continue
            name = node.args[1].value if isinstance(node.args[1], ast.Constant) else ""
            context = node.args[2] if len(node.args) > 2 else None
            path = template(project, name) if isinstance(name, str) else ""
            if not path or not isinstance(context, ast.Dict | None):
                continue
            keys = [getattr(key, "value", None) for key in context.keys] if context else []
            for used, where, line in _used_names(project, path) if None not in keys else []:
                if used not in {*keys, *FROM_DJANGO}:
                    says = f"The template uses {{{{ {used} }}}}, but {function.name}() in "
                    says += f"{file.path} doesn't pass {used}."
                    near = nearest(used, keys) or (keys[0] if len(keys) == 1 else "")
                    says += f" It passes `{near}`." if near else ""
                    yield Mistake("context", says, CodeLocation(where, line), "", used)


def _used_names(project: SourceProject, path: str) -> list[tuple[str, str, int]]:
    text = project.pages[path]
    own = set(re.findall(r"\{%\s*for\s+([\w, ]+?)\s+in", text))
    own |= set(re.findall(r"\bas\s+(\w+)\s*%\}", text)) | set(re.findall(r"with\s+(\w+)=", text))
    own = {word for names in own for word in re.split(r"[, ]+", names)}
    found = []
    for match in re.finditer(r"\{\{\s*([A-Za-z_]\w*)", text):
        if match[1] not in own:
            found.append((match[1], path, line_of(text, match.start())))
    return found

"""Routes: their patterns, converters and views, and the order of imports in asgi.py."""

import ast
import functools
import re
from collections.abc import Iterator

from workshop.learner.reading.project import (
    Mistake,
    PythonFile,
    SourceProject,
    assigned_names,
    imported_from,
    nodes,
)
from workshop.learner.reading.spelling import guess
from workshop.learner.reading.statements import call_name, functions

BUILT_IN = {"str", "int", "slug", "uuid", "path"}
LISTS = ("urlpatterns", "websocket_urlpatterns")
WRAPPING = ("MiddlewareStack", "Middleware", "Validator")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for file, call in routes(project):
        yield from _pattern(file, call)
        yield from _converters(project, file, call)
        yield from _class_itself(project, file, call)
        yield from _view(project, file, call)
        yield from _included(project, file, call)
    for file in project.python.values():
        yield from _too_early(project, file)
        yield from _inside_out(file)
    yield from _kwargs_of_the_scope(project)


@functools.lru_cache(maxsize=8)
def routes(project: SourceProject) -> list[tuple[PythonFile, ast.Call]]:
    """Return the calls of path() and re_path() whose pattern is a string."""
    return [
        (file, node)
        for file in project.python.values()
        for node in nodes(file.tree)
        if call_name(node) in ("path", "re_path") and len(node.args) > 1 and _has_pattern(node)
    ]


def _has_pattern(call: ast.Call) -> bool:
    first = call.args[0]
    return isinstance(first, ast.Constant) and isinstance(first.value, str)


def pattern_of(call: ast.Call) -> str:
    return call.args[0].value if _has_pattern(call) else ""


@functools.lru_cache(maxsize=8)
def socket_routes(project: SourceProject) -> list[tuple[PythonFile, ast.Call]]:
    """Return the routes that lead to consumers."""
    return [(file, call) for file, call in routes(project) if "as_asgi" in ast.unparse(call)]


def expression_of(call: ast.Call) -> str:
    """Return a regular expression that matches about the same URLs as a route."""
    pattern = pattern_of(call)
    if call_name(call) == "re_path":
        return pattern
    return "^" + re.sub(r"<[^<>]+>", "[^/]+", re.escape(pattern).replace(r"\<", "<")) + "$"


def _pattern(file: PythonFile, call: ast.Call) -> Iterator[Mistake]:
    pattern, name = pattern_of(call), call_name(call)
    if pattern.removeprefix("^").startswith("/"):
        says = f'A route begins without a slash: write "{pattern.replace("/", "", 1)}".'
        yield Mistake("route-slash", says, file.at(call), "P15", pattern)
    if name == "path" and re.search(r"\(\?P<|^\^|\$$", pattern):
        says = "This pattern is a regular expression, which path() takes literally: use re_path()."
        yield Mistake("route-regex", says, file.at(call), "P15", pattern)
    if name == "re_path" and re.search(r"(?<!\?P)<\w+:\w+>", pattern):
        says = "re_path() doesn't support <converter:name>: use path()."
        yield Mistake("route-regex", says, file.at(call), "P15", pattern)
    if name == "path" and (broken := re.search(r"<[^>]*$|^[^<]*>|< | >|<\w+: ", pattern)):
        says = f'The angle brackets or spaces in this route are wrong, at "{broken[0]}".'
        yield Mistake("route-brackets", says, file.at(call), "P15", pattern)


def _converters(project, file: PythonFile, call: ast.Call) -> Iterator[Mistake]:
    registered = _registered(project)
    used = re.findall(r"<(\w+):\w+>", pattern_of(call)) if call_name(call) == "path" else []
    for converter in used:
        if converter in BUILT_IN or converter in registered:
            continue
        says = f"Nothing registers a converter called {converter}."
        place = file.at(call)
        if registered and (near := guess(converter, registered)):
            says += near
        elif home := _home_of(project, converter):
            known = project.python[home[0]]
            says = f'`register_converter({home[1]}, "{converter}")` is missing from ready().'
            place = _ready(project) or known.at(1)
        yield Mistake("converter", says, place, "", converter, 0, (converter,))


def _registered(project: SourceProject) -> set[str]:
    return {
        node.args[1].value
        for file in project.python.values()
        for node in nodes(file.tree)
        if call_name(node).endswith("register_converter")
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }


def _home_of(project: SourceProject, converter: str) -> tuple[str, str] | None:
    wanted = converter.replace("_", "").casefold()
    for path, file in project.python.items():
        for node in nodes(file.tree):
            if isinstance(node, ast.ClassDef) and node.name.casefold().startswith(wanted):
                return path, node.name
    return None


def _ready(project: SourceProject):
    for path, file in project.python.items():
        if path.endswith("apps.py"):
            found = [function for function in functions(file.tree) if function.name == "ready"]
            owners = [node for node in nodes(file.tree) if isinstance(node, ast.ClassDef)]
            for node in found + owners:
                return file.at(node)
    return None


def _class_itself(project, file: PythonFile, call: ast.Call) -> Iterator[Mistake]:
    view = call.args[1]
    is_method = isinstance(view, ast.Attribute) and view.attr in ("as_asgi", "as_view")
    if is_method:
        says = f"`{view.attr}` is a method: write `{ast.unparse(view)}()`, with the parentheses."
        pitfall = "P16" if view.attr == "as_asgi" else ""
        yield Mistake("class-itself", says, file.at(call), pitfall, view.attr)
    elif isinstance(view, ast.Name | ast.Attribute):
        name = ast.unparse(view)
        if name.endswith("Consumer"):
            says = "A route leads to the consumer's class itself. Call as_asgi() on it."
            yield Mistake("class-itself", says, file.at(call), "P16", name)
        elif _is_class(project, name.rpartition(".")[2]):
            says = f"A route leads to the class itself: write `{name}.as_view()`."
            yield Mistake("class-itself", says, file.at(call), "", name)
    elif isinstance(view, ast.Call) and call_name(view).endswith("Consumer"):
        says = (
            f"`{ast.unparse(view)}` creates a single consumer: write `{call_name(view)}.as_asgi()`."
        )
        yield Mistake("class-itself", says, file.at(call), "P16", call_name(view))


def _is_class(project: SourceProject, name: str) -> bool:
    """Return whether one of the project's views is a class of that name."""
    files = [file for path, file in project.python.items() if path.endswith("views.py")]
    found = [node for file in files for node in file.tree.body if isinstance(node, ast.ClassDef)]
    return name in [node.name for node in found]


def _view(project: SourceProject, file: PythonFile, call: ast.Call) -> Iterator[Mistake]:
    view = call.args[1]
    name = ast.unparse(view).rpartition(".")[2]
    if (
        isinstance(view, ast.Call)
        and call_name(view).startswith("views.")
        and not name.startswith("as_view")
    ):
        says = f"The route calls the view: write `{call_name(view)}`, without the parentheses."
        yield Mistake("view-called", says, file.at(call), "", name)
    if pattern_of(call) == "" or not isinstance(view, ast.Name | ast.Attribute):
        return
    wanted = set(re.findall(r"<(?:\w+:)?(\w+)>", pattern_of(call)))
    for other in project.python.values():
        for function in functions(other.tree):
            arguments = [argument.arg for argument in function.args.args]
            if function.name != name or function.args.kwarg or arguments[:1] == ["self"]:
                continue
            missing = sorted(wanted - set(arguments))
            extra = arguments[1 : len(arguments) - len(function.args.defaults)]
            extra = [name for name in extra if name not in wanted]
            if missing or extra:
                yield _wrong_view(other, file, function, call, missing, extra)


def _wrong_view(other, file, function, call, missing: list[str], extra: list[str]) -> Mistake:
    if missing:
        says = f"The route in {file.path}, line {call.lineno}, passes {missing[0]}, but "
        says += f"{function.name}() has no parameter with that name."
        says += guess(extra[0], missing) if extra else ""
        if extra and "Did you mean" not in says:
            says += f" It has `{extra[0]}`."
    else:
        says = f"{function.name}() has the parameter {extra[0]}, which the route in {file.path}, "
        says += f"line {call.lineno}, doesn't pass."
    words = (f"{function.name}()",)
    return Mistake("view-parameters", says, other.at(function), "", function.name, 0, words)


def includes_others(project: SourceProject) -> bool:
    """Return whether the routes include a package's, whose names aren't known here."""
    return any(
        call_name(node) == "include"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and f"{str(node.args[0].value).replace('.', '/')}.py" not in project.python
        for file in project.python.values()
        for node in nodes(file.tree)
    )


def _included(project: SourceProject, file: PythonFile, call: ast.Call) -> Iterator[Mistake]:
    for node in nodes(call):
        if call_name(node) != "include" or not node.args:
            continue
        module = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
        if not isinstance(module, str) or not project.has_module(module.partition(".")[0]):
            known = [path[:-3].replace("/", ".") for path in project.python]
            if isinstance(module, str) and (near := guess(module, known)):
                says = f"include() names {module}, but there's no such module.{near}"
                yield Mistake("include", says, file.at(node), "", module)
            continue
        found = project.module(module)
        known = [path[:-3].replace("/", ".") for path in project.python]
        if not found:
            says = f"include() names {module}, but there's no such file.{guess(module, known)}"
            yield Mistake("include", says, file.at(node), "", module)
        elif "urlpatterns" not in assigned_names(found.tree):
            near = guess("urlpatterns", []) or _misspelt_list(found)
            says = f"{found.path} doesn't define urlpatterns, which include() needs.{near}"
            yield Mistake("include", says, found.at(1), "", module)


def _misspelt_list(file: PythonFile) -> str:
    from workshop.learner.reading.spelling import nearest

    for name in assigned_names(file.tree):
        if nearest(name, ["urlpatterns"]) or name in ("websocket_urlpatterns", "patterns", "urls"):
            return f" It defines `{name}`."
    return ""


def _too_early(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield what asgi.py imports before Django is set up."""
    setup = [node.lineno for node in nodes(file.tree) if call_name(node).endswith(
        ("get_asgi_application", "django.setup")
    )]  # fmt: skip
    if not setup or not file.path.endswith("asgi.py"):
        return
    for node in file.tree.body:
        if isinstance(node, ast.ImportFrom) and node.lineno < min(setup):
            module = imported_from(file, node)
            is_theirs = project.has_module(module.partition(".")[0])
            if is_theirs or module.endswith((".models", "channels.auth")):
                says = f"{module} is imported before get_asgi_application() has set Django "
                says += f"up: move this line below line {min(setup)}."
                words = ("Apps aren't loaded", "not configured", "invalid converter")
                yield Mistake("too-early", says, file.at(node), "P19", module, 0, words)


def _inside_out(file: PythonFile) -> Iterator[Mistake]:
    """Yield routers whose list of routes is wrapped instead of the router."""
    for node in nodes(file.tree):
        inner = node.args[0] if call_name(node) == "URLRouter" and node.args else None
        wrapper = call_name(inner)
        if wrapper.endswith(WRAPPING) and inner.args:
            first, *others = map(ast.unparse, [*inner.args, *inner.keywords])
            better = f"{wrapper}({', '.join([f'URLRouter({first})', *others])})"
            says = f"URLRouter takes the list of routes, and {wrapper} takes an application: write "
            says += f"`{better}`."
            yield Mistake("inside-out", says, file.at(node), "", wrapper)


def _kwargs_of_the_scope(project: SourceProject) -> Iterator[Mistake]:
    handed = {
        name
        for _, call in socket_routes(project)
        for name in re.findall(r"<(?:\w+:)?(\w+)>", pattern_of(call))
    }
    for file in project.python.values() if handed else []:
        for node in nodes(file.tree):
            if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant):
                continue
            of = ast.unparse(node.value).replace("'", '"')
            key = node.slice.value
            if of.endswith('scope["url_route"]["kwargs"]') and key not in handed:
                says = f'No route passes "{key}": it is called '
                says += " or ".join(f"`{name}`" for name in sorted(handed)) + " there."
                yield Mistake("route-name", says, file.at(node), "", str(key), 0, (repr(key),))

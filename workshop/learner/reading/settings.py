"""Settings: misspelt, assigned twice, of the wrong type, or naming missing things."""

import ast
import contextlib
import functools
import importlib.util
from collections.abc import Iterator

from workshop.learner.reading import names
from workshop.learner.reading.project import (
    Mistake,
    PythonFile,
    SourceProject,
    assigned_names,
    nodes,
)
from workshop.learner.reading.spelling import guess, nearest

OF_OTHERS = {"ASGI_APPLICATION", "CHANNEL_LAYERS"}
TEXTS = {"ASGI_APPLICATION", "ROOT_URLCONF", "SECRET_KEY", "STATIC_URL", "TIME_ZONE"}
LISTS = {"ALLOWED_HOSTS", "INSTALLED_APPS", "MIDDLEWARE", "TEMPLATES"}
INSIDE = {"BACKEND", "CONFIG", "ENGINE", "NAME", "OPTIONS"}  # of an entry like "default"
CONSTANTS = {"None", "True", "False"}
SCHEMES = ("redis://", "rediss://", "unix://")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    if file := project.settings:
        yield from _misspelt(file, reference)
        yield from _wrong_types(file)
        yield from _default_outside(file)
        yield from _quoted_constants(file)
        yield from _applications(project, file)
        yield from _dotted_paths(project, file, reference)
        yield from _hosts(file)
        yield from _backends(project, file)
        yield from _aliases(file)
    for file in project.python.values():
        yield from _variables(file, reference)


def _misspelt(file: PythonFile, reference: SourceProject) -> Iterator[Mistake]:
    known = _known_settings() | _set_by(reference)
    assigned = assigned_names(file.tree)
    expected = known - set(assigned)
    for name, statements in assigned.items():
        is_setting = isinstance(statements[0], ast.Assign) and name.isupper()
        if is_setting and name not in known and (near := nearest(name, expected)):
            says = f"Nothing reads a setting {name}. Did you mean `{near}`?"
            yield Mistake("misspelt-setting", says, file.at(statements[-1]), about=near)
        elif name.lower() == name and name.upper() in OF_OTHERS | LISTS:
            says = f"Django only reads settings in upper case: `{name.upper()}`, not `{name}`."
            yield Mistake("misspelt-setting", says, file.at(statements[-1]), about=name.upper())


def _wrong_types(file: PythonFile) -> Iterator[Mistake]:
    for name, statements in assigned_names(file.tree).items():
        value = getattr(statements[-1], "value", None)
        if name in TEXTS and isinstance(value, ast.Tuple | ast.List):
            says = f"{name} has to be a string. Remove the comma, which makes it a tuple."
            yield Mistake("wrong-type", says, file.at(statements[-1]), about=name)
        if name in LISTS and isinstance(value, ast.Constant | ast.Dict | ast.Set):
            says = f"{name} has to be a list: put it into square brackets."
            yield Mistake("wrong-type", says, file.at(statements[-1]), about=name)
        if name in OF_OTHERS - TEXTS and isinstance(value, ast.Constant | ast.List | ast.Set):
            says = f'{name} has to be a dictionary with the key "default".'
            yield Mistake("wrong-type", says, file.at(statements[-1]), about=name)


def _default_outside(file: PythonFile) -> Iterator[Mistake]:
    """Yield environment variables whose default is outside the parentheses."""
    for statement in file.tree.body:
        value = getattr(statement, "value", None)
        first = value.elts[0] if isinstance(value, ast.Tuple) and len(value.elts) == 2 else None
        if isinstance(first, ast.Call) and len(first.args) == 1:
            name = ast.unparse(first.func)
            if name in ("os.environ.get", "os.getenv"):
                better = f"{name}({ast.unparse(first.args[0])}, …)".replace("'", '"')
                says = (
                    f"The parentheses close too early, so this is a tuple: write `{better}`, with "
                )
                says += "the default inside."
                yield Mistake("default-outside", says, file.at(statement), "", name)


def _quoted_constants(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        values = node.values if isinstance(node, ast.Dict) else []
        values = values + ([node.value] if isinstance(node, ast.Assign) else [])
        for value in values:
            if isinstance(value, ast.Constant) and value.value in CONSTANTS:
                says = f'"{value.value}" is a string here: write {value.value} without quotes.'
                yield Mistake("quoted-constant", says, file.at(value))


def _applications(project, file: PythonFile) -> Iterator[Mistake]:
    for node in texts_in(file, "INSTALLED_APPS"):
        first = node.value.partition(".")[0]
        if project.has_module(first) or _is_there(first):
            continue
        known = [*_installed_by(project), "channels", "daphne", "channels_redis"]
        near = guess(node.value, known)
        says = f'INSTALLED_APPS names "{node.value}", but there is no such app.{near}'
        words = (node.value, first)
        yield Mistake("unknown-app", says, file.at(node), about=node.value, words=words)


def _dotted_paths(project, file: PythonFile, reference) -> Iterator[Mistake]:
    for name in ("ASGI_APPLICATION", "ROOT_URLCONF", "WSGI_APPLICATION", "AUTH_USER_MODEL"):
        for statement in assigned_names(file.tree).get(name, [])[-1:]:
            value = getattr(statement, "value", None)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                if says := _not_found(project, name, value.value):
                    pitfall = "P18" if name == "ASGI_APPLICATION" else ""
                    words = (value.value, name)
                    yield Mistake("setting-path", says, file.at(value), pitfall, name, 0, words)


def _not_found(project: SourceProject, name: str, dotted: str) -> str:
    if ":" in dotted or "/" in dotted or dotted.endswith(".py"):
        better = dotted.removesuffix(".py").replace(":", ".").replace("/", ".").strip(".")
        return f"{name} is a path that consists of names and dots: write `{better}`."
    if name == "ASGI_APPLICATION" and "." in dotted and project.module(dotted):
        return (
            f"{name} names a module, and not the application in it: write `{dotted}.application`."
        )
    module, _, attribute = dotted.rpartition(".")
    if name == "AUTH_USER_MODEL" and "." in module:
        app = module.partition(".")[0]
        return f"{name} is the app and the name of its model: write `{app}.{attribute}`."
    if name == "ROOT_URLCONF":
        module, attribute = dotted, "urlpatterns"
    if name == "AUTH_USER_MODEL":
        module, attribute = f"{module}.models", attribute
    found = project.module(module)
    if not found:
        return _no_module(project, name, dotted, module)
    defined = set(assigned_names(found.tree))
    if attribute in defined:
        return ""
    near = guess(attribute, defined)
    return f"{name} names {attribute}, but {found.path} doesn't define {attribute}.{near}"


def _no_module(project: SourceProject, name: str, dotted: str, module: str) -> str:
    """Return what is wrong with the path `dotted`, whose `module` the project doesn't have."""
    packages = {path.partition("/")[0] for path in project.python if "/" in path}
    first = dotted.partition(".")[0]
    if first not in packages:
        home = next(
            (package for package in packages if f"{package}/settings.py" in project.python), ""
        )
        return (
            f"{name} begins with {first}, but there's no such package: the name before the first "
            f"dot is the `{home or sorted(packages)[0]}` package."
        )
    known = [path.removesuffix(".py").replace("/", ".") for path in project.python]
    return f"{name} names the module {module}, but there's no such file.{guess(module, known)}"


def _hosts(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        if not isinstance(node, ast.Dict):
            continue
        for key, value in zip(node.keys, node.values, strict=True):
            if not (isinstance(key, ast.Constant) and key.value in ("hosts", "address")):
                continue
            entries = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
            for entry in entries:
                if isinstance(entry, ast.Constant) and isinstance(entry.value, str):
                    if entry.value in assigned_names(file.tree):
                        says = (
                            f'"{entry.value}" is a string here: for the value of the name, write '
                        )
                        says += f"{entry.value} without quotes."
                        yield Mistake("quoted-name", says, file.at(entry), "P08", "hosts")
                    elif not entry.value.startswith(SCHEMES) and not isinstance(value, ast.Tuple):
                        says = f'A host begins with redis://, so write "redis://{entry.value}".'
                        yield Mistake("host-scheme", says, file.at(entry), "P08", "hosts")


def _aliases(file: PythonFile) -> Iterator[Mistake]:
    for name in ("CHANNEL_LAYERS", "DATABASES"):
        for statement in assigned_names(file.tree).get(name, []):
            keys = getattr(getattr(statement, "value", None), "keys", [])
            yield from _beside_the_entry(file, name, keys)
            names_used = [getattr(key, "value", None) for key in keys]
            for key in keys if "default" not in names_used else []:
                if isinstance(key, ast.Constant):
                    says = f'{name} has no "default", because it is called "{key.value}" here.'
                    pitfall = "P07" if name == "CHANNEL_LAYERS" else ""
                    yield Mistake("no-default", says, file.at(key), pitfall, name)


def _beside_the_entry(file: PythonFile, name: str, keys: list[ast.expr]) -> Iterator[Mistake]:
    """Yield keys that are next to the entry "default" but belong inside it."""
    names_used = [getattr(key, "value", None) for key in keys]
    for key, used in zip(keys, names_used, strict=True):
        if used in INSIDE and "default" in names_used:
            says = f'"{used}" is next to "default": move it into the entry, before its '
            yield Mistake("beside-entry", f"{says}closing brace.", file.at(key), about=name)


def _backends(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    for node in texts_in(file, "CHANNEL_LAYERS"):
        module, _, name = node.value.rpartition(".")
        if not node.value.startswith(("channels", "Channels")) or "://" in node.value:
            continue
        known = names.names_of(project, module)
        if known is None:
            known = ["channels_redis.core", "channels_redis.pubsub", "channels.layers"]
            near = nearest(module, known)
            better = f" Did you mean `{near}.{name}`?" if near else ""
            says = f"There's no module {module}.{better}"
        elif name in known:
            continue
        else:
            near = nearest(name, {name for name in known if name.endswith("Layer")})
            better = f" Did you mean `{near}`?" if near else ""
            says = f"The module {module} has no class {name}.{better}"
        yield Mistake("backend", says, file.at(node), "P04", name, 0, (node.value,))


def _variables(file: PythonFile, reference: SourceProject) -> Iterator[Mistake]:
    """Yield misspelt names of environment variables that the step's code reads."""
    expected = {name for ours in reference.python.values() for name, _ in _read_variables(ours)}
    for name, node in _read_variables(file):
        if name not in expected and (near := nearest(name, expected)):
            says = f"There's no environment variable {name}. Did you mean `{near}`?"
            yield Mistake("misspelt-variable", says, file.at(node), "", name, 0, (name,))


@functools.lru_cache(maxsize=512)
def _read_variables(file: PythonFile) -> list[tuple[str, ast.AST]]:
    found = []
    for node in nodes(file.tree):
        value = node.slice if isinstance(node, ast.Subscript) else None
        if isinstance(node, ast.Call) and node.args:
            value = node.args[0]
        of = ast.unparse(node).partition("(")[0].partition("[")[0] if value else ""
        is_read = of in ("os.environ", "os.environ.get", "os.getenv", "environ.get", "getenv")
        if is_read and isinstance(value, ast.Constant) and isinstance(value.value, str):
            found.append((value.value, node))
    return found


def texts_in(file: PythonFile, setting: str) -> list[ast.Constant]:
    """Return the strings in the value of a setting."""
    return [
        node
        for statement in assigned_names(file.tree).get(setting, [])
        for node in nodes(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def _is_there(package: str) -> bool:
    with contextlib.suppress(ImportError, ValueError):
        return importlib.util.find_spec(package) is not None
    return False


def _installed_by(project: SourceProject) -> set[str]:
    return {path.partition("/")[0] for path in project.python if "/" in path}


def _known_settings() -> set[str]:
    from django.conf import global_settings

    return {name for name in dir(global_settings) if name.isupper()} | OF_OTHERS


def _set_by(reference: SourceProject) -> set[str]:
    file = reference.settings
    return {name for name in assigned_names(file.tree) if name.isupper()} if file else set()

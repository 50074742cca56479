"""P19 from the source: does asgi.py import models before Django is set up?"""

import ast
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.rules.context import Context
from channels_doctor.source.tree import Module, Tree, dotted

READY = ("get_asgi_application()", "setup()", "get_wsgi_application()")
MODELS = (
    "django.contrib.auth.models", "django.contrib.sessions.models",
    "rest_framework.authtoken.models",
    "django.contrib.contenttypes.models", "django.contrib.sites.models",
    "rest_framework_simplejwt.authentication", "rest_framework_simplejwt.models",
    "rest_framework_simplejwt.tokens",
)  # fmt: skip
SET_UP = ("configurations.asgi", "configurations.wsgi")  # as soon as they are imported
AT_ONCE = ("get_user_model()", "apps.get_model()")
OF_SETTINGS = ("get_channel_layer()",)  # needs no apps, but the settings
VARIABLE = "DJANGO_SETTINGS_MODULE"
MODELS_FIRST, READIES = "models", "setup"
DEEPEST = 12


def check(context: Context) -> Iterator[Finding]:
    """P19 for an ASGI application that was not imported."""
    module = context.tree.modules.get(context.application_file)
    if (
        module is None
        or not context.facts.get("from_source")
        or context.demands_below("channels", 2)
    ):
        return
    if not module.file.endswith("asgi.py"):
        return  # only runserver imports it, after setting up Django
    node, why = _too_early(context, module)
    if node is not None:
        yield finding(
            "P19",
            f"{module.file} {why}.",
            module.place(node),
            case="apps" if _settings_are_named(module, node) else "settings",
            found_by="source",
        )


def _too_early(context: Context, module: Module) -> tuple[ast.stmt | None, str]:
    """Return the statement in `module` that needs Django before it's set up, and what it does."""
    tree, named = context.tree, False
    later = any(VARIABLE in ast.unparse(part) for part in module.tree.body)
    for node in module.tree.body:
        named = named or VARIABLE in ast.unparse(node)
        if isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign)):
            if _makes_ready(node):
                is_early = later and not named
                return (node if is_early else None), "sets Django up before it names the settings"
            if _loads_the_application(context, module, node):
                return node, "loads the application that the settings name before Django is set up"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            seen: set[str] = set()
            needed = _needs_django(tree, module, node, named, seen)
            if needed is READIES:
                is_early = later and not named and not _name_settings(tree, seen)
                why = "imports code that sets Django up before the settings are named"
                return (node if is_early else None), why
            if needed:
                return node, "imports code that needs Django before Django is set up"
    return None, ""


def _name_settings(tree: Tree, files: set[str]) -> bool:
    return any(VARIABLE in tree.modules[file].text for file in files)


def _loads_the_application(context: Context, module: Module, node: ast.stmt) -> bool:
    """Return whether `node` loads the application of ASGI_APPLICATION, which needs models."""
    calls = (part for part in ast.walk(node) if isinstance(part, ast.Call))
    if not any(dotted(call.func).endswith("get_default_application") for call in calls):
        return False
    head = str(context.facts.get("asgi_application") or "").rpartition(".")[0]
    target = context.tree.named(head)
    if target is None or target is module:
        return False
    return _leads_to(context.tree, head, set(), 0, AT_ONCE) is MODELS_FIRST


def _settings_are_named(module: Module, last: ast.stmt) -> bool:
    """Return whether the statements up to `last` name the settings module."""
    body = module.tree.body
    statements = body[: body.index(last) + 1]
    return any("DJANGO_SETTINGS_MODULE" in ast.unparse(node) for node in statements)


def _makes_ready(node: ast.stmt) -> bool:
    return any(
        isinstance(part, ast.Call) and dotted(part).endswith(READY) for part in ast.walk(node)
    )


def _needs_django(tree: Tree, module: Module, node: ast.stmt, named: bool, seen: set[str]) -> str:
    """Return what the import `node` leads to: MODELS_FIRST, READIES, or "".

    `named` says whether the settings are named before. The files that it reads are added to `seen`.
    """
    at_once = AT_ONCE if named else AT_ONCE + OF_SETTINGS
    names = _imported(module, node)
    found = (_leads_to(tree, name, seen, 0, at_once) for name in names)
    return next(filter(None, found), "")


def _imported(module: Module, node: ast.stmt) -> list[str]:
    """Return the dotted names that the import `node` may load."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    head = module.absolute(node.module or "", node.level)
    return [head, *(f"{head}.{alias.name}" for alias in node.names)]


def _leads_to(tree: Tree, name: str, seen: set[str], depth: int, at_once: tuple) -> str:
    """Return what comes first when `name` is imported: models, or Django's setup.

    `at_once` are the calls that need Django when they run.
    """
    if name.startswith(MODELS):
        return MODELS_FIRST
    if name in SET_UP:
        return READIES
    module = tree.named(name)
    if module is None or module.file in seen or depth > DEEPEST:
        return ""
    seen.add(module.file)
    for node in module.tree.body:
        if isinstance(node, ast.ClassDef) and any(_is_model(module, base) for base in node.bases):
            return MODELS_FIRST
        if isinstance(node, (ast.Assign, ast.Expr)):
            if dotted(node.value).endswith(at_once):
                return MODELS_FIRST
            if _makes_ready(node):
                return READIES
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = _imported(module, node)
            below = (_leads_to(tree, name, seen, depth + 1, at_once) for name in names)
            if found := next(filter(None, below), ""):
                return found
    return ""


def _is_model(module: Module, base: ast.AST) -> bool:
    name = dotted(base)
    first, _, rest = name.partition(".")
    path = f"{module.imports.get(first, '')}.{rest}" if rest else module.imports.get(name, "")
    return path in ("django.db.models.Model", "django.contrib.gis.db.models.Model")

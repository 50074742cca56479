"""INSTALLED_APPS and what goes with it: which server answers, and what it serves."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from workshop.doctor.context import Context
from workshop.doctor.finding import Change, Finding, Place, finding

STATIC = "django.contrib.staticfiles"
DJANGOS = ("django.core", STATIC)
NAMES_PACKAGES = (
    "requirements*.txt", "requirements/*.txt", "pyproject.toml", "setup.cfg", "setup.py", "Pipfile",
    "Procfile", "Dockerfile*", "compose*.y*ml", "docker-compose*.y*ml", "*.sh", "Makefile",
)  # fmt: skip
OTHER_SERVER = re.compile(r"\b(uvicorn|hypercorn|granian)\b")
UVICORN = re.compile(r"\buvicorn\b")


def look(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the choice and the order of the apps."""
    if not context.uses_channels:
        return
    yield from _runserver(context)
    yield from _no_websockets(context)
    yield from _no_application(context)
    yield from _no_static_files(context)


def _runserver(context: Context) -> Iterator[Finding]:
    """P02 and P03: whose runserver is used."""
    if context.facts["runserver"] not in DJANGOS:
        return
    place = context.settings.place("INSTALLED_APPS")
    if context.has_app("daphne"):
        if context.has_app(STATIC):
            yield finding(
                "P03",
                f"daphne stands after {STATIC}, so its runserver is never used.",
                _place_of_app(context, "daphne") or place,
                change=_moved_up(context),
            )
    elif not named(context.project.folder, OTHER_SERVER):
        installed = context.facts["modules"].get("daphne")
        yield finding(
            "P02",
            "daphne is not in INSTALLED_APPS, so runserver knows no WebSockets.",
            place,
            mend=""
            if installed
            else 'Install daphne (`pip install daphne`), then put `"daphne"` first in '
            "`INSTALLED_APPS`.",
            change=_added(context),
        )


def _place_of_app(context: Context, name: str) -> Place | None:
    found = context.settings.find("INSTALLED_APPS")
    if not found:
        return None
    for node in ast.walk(found.value):
        if isinstance(node, ast.Constant) and node.value == name:
            return found.module.place(node)
    return None


def _added(context: Context) -> Change | None:
    """Return the change that puts daphne first."""
    found = context.settings.find("INSTALLED_APPS")
    if not found or not isinstance(found.value, ast.List) or not found.value.elts:
        return None
    first = found.value.elts[0]
    if first.lineno == found.value.lineno:
        return found.instead("[", '["daphne", ')
    line = found.module.line(first.lineno)
    indent = line[: len(line) - len(line.lstrip())]
    return Change((), (f'{indent}"daphne",',), found.line)


def _moved_up(context: Context) -> Change | None:
    added, place = _added(context), _place_of_app(context, "daphne")
    if not added or not added.below or not place:
        return None
    old = context.tree.modules[place.file].line(place.line)
    return Change((old,), added.new, added.below) if "daphne" in old else None


def named(folder: Path, pattern: re.Pattern) -> Place | None:
    """Return where a file that names packages or commands holds `pattern`."""
    for glob in NAMES_PACKAGES:
        for file in sorted(folder.glob(glob)):
            if not file.is_file():
                continue
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            for number, line in enumerate(lines, 1):
                if pattern.search(line) and not line.lstrip().startswith("#"):
                    return Place(file.relative_to(folder).as_posix(), number)
    return None


def _no_websockets(context: Context) -> Iterator[Finding]:
    """P52."""
    modules = context.facts["modules"]
    if not modules.get("uvicorn") or modules.get("websockets") or modules.get("wsproto"):
        return
    place = named(context.project.folder, UVICORN)
    if place or not context.has_app("daphne"):
        yield finding(
            "P52",
            "uvicorn is installed, and neither websockets nor wsproto.",
            place or context.settings.place("INSTALLED_APPS"),
            change=_with_standard(context, place),
        )


def _with_standard(context: Context, place: Place | None) -> Change | None:
    if not place or not place.file.endswith(".txt"):
        return None
    file = context.project.folder / place.file
    line = file.read_text(encoding="utf-8", errors="replace").splitlines()[place.line - 1]
    if "[" in line:
        return None
    return Change((line,), (UVICORN.sub("uvicorn[standard]", line, count=1),))


def _no_application(context: Context) -> Iterator[Finding]:
    """P18, where the setting is missing; whether it leads somewhere is seen by importing it."""
    value = context.facts["asgi_application"]
    if value is not None and isinstance(value, str) and "." in value:
        return
    if not context.has_app("daphne") and named(context.project.folder, OTHER_SERVER):
        return
    if not context.has_app("daphne") and not context.has_app("channels"):
        return
    guess = guessed_application(context) or "mysite.asgi.application"
    place = context.settings.place("ASGI_APPLICATION")
    if value is None:
        yield finding(
            "P18",
            "ASGI_APPLICATION is not set.",
            place,
            mend=f'Set `ASGI_APPLICATION = "{guess}"`.',
            change=Change((), (f'ASGI_APPLICATION = "{guess}"',)),
        )
        return
    found = context.settings.find("ASGI_APPLICATION")
    yield finding(
        "P18",
        f"ASGI_APPLICATION is {value!r}, and has to name a module and a variable in it.",
        place,
        case="setting",
        mend=f'Set `ASGI_APPLICATION = "{guess}"`.',
        change=found.instead(found.source(found.value), f'"{guess}"') if found else None,
    )


def guessed_application(context: Context) -> str:
    """Return where the application would be by custom: beside the settings, in asgi.py; or ""."""
    parts = context.project.settings.split(".")
    for count in range(len(parts) - 1, 0, -1):
        if context.project.folder.joinpath(*parts[:count], "asgi.py").is_file():
            return ".".join([*parts[:count], "asgi", "application"])
    return ""


def _no_static_files(context: Context) -> Iterator[Finding]:
    """P49: DEBUG is off, and nothing the project says could serve what its pages need."""
    static = context.facts["static"]
    if context.facts["debug"] or not context.has_app(STATIC) or static["root"]:
        return
    if any("whitenoise" in one.lower() for one in context.facts["middleware"]):
        return
    if static["url"].startswith(("http://", "https://", "//")):
        return
    if static["storage"] and not static["storage"].startswith(STATIC):
        return
    if context.asgi.get("static"):
        return
    yield finding(
        "P49",
        "DEBUG is off, STATIC_ROOT is not set, and nothing serves the static files.",
        context.settings.place("STATIC_URL"),
        condition="with every server, since runserver too serves them only with DEBUG on",
    )

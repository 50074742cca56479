"""INSTALLED_APPS and its effects: which server answers, and what it serves."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from channels_doctor.finding import Change, Finding, Place, finding
from channels_doctor.rules.context import Context
from channels_doctor.source import edits
from channels_doctor.source.tree import LARGEST
from channels_doctor.static.folders import around, depth_first

STATIC = "django.contrib.staticfiles"
DJANGOS = ("django.core", STATIC)
NAMES_PACKAGES = (
    "requirements*.txt", "requirements/*.txt", "pyproject.toml", "setup.cfg", "setup.py", "Pipfile",
    "Procfile", "Dockerfile*", "compose*.y*ml", "docker-compose*.y*ml", "*.sh", "Makefile",
)  # fmt: skip
OTHER_SERVER = re.compile(r"\b(uvicorn|hypercorn|granian)\b")
SERVED_BY = re.compile(
    r"(?:^|[\s\"'\[/;&])(?:uvicorn|hypercorn|granian|daphne|gunicorn)[\s\"',]+(?!\d|=|>|<|~).*\basgi\b"
    r"|UvicornWorker|^\s*(?:uvicorn|hypercorn|granian)\b"
)
SERVED_BY_WSGI = re.compile(r"\buwsgi[\s\"',]+(?:--?\w|\S+\.ini)|\bgunicorn\b.*\bwsgi\b")
COMMANDS = ("Procfile", "*Dockerfile*", "*compose*.y*ml", "*.sh", "run", "*.service")
COMMANDS += ("run*.py", "start*.py", "Makefile", "justfile", "package.json")
PAGES = ("templates/*", "templates/*/*", "static/*", "static/*/*")
PAGES_IN = 2
COMMANDS_IN = 3  # folders below the one with the project, as in docker/web/entrypoints/
UVICORN = re.compile(r"\buvicorn\b")


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the choice and the order of the apps."""
    if not context.uses_channels:
        return
    yield from _runserver(context)
    yield from _no_websockets(context)
    yield from _no_application(context)
    yield from _no_static_files(context)


def _runserver(context: Context) -> Iterator[Finding]:
    """P02 and P03: whose runserver is used."""
    if context.facts["runserver"] not in DJANGOS or context.demands_below("channels", 4):
        return
    beginning = context.settings.beginning("INSTALLED_APPS")
    place = beginning.place if beginning else context.settings.place("INSTALLED_APPS")
    if context.has_app("daphne"):
        if context.has_app(STATIC):
            yield finding(
                "P03",
                f"daphne is listed after {STATIC}, so its runserver is never used.",
                _place_of_app(context, "daphne") or place,
                change=_moved_up(context),
            )
    elif not named_around(context, OTHER_SERVER):
        condition = _when_404(context)
        yield finding(
            "P02",
            "daphne is not in INSTALLED_APPS, so runserver can't handle WebSockets.",
            place,
            severity=condition[0] if condition else "",
            condition=condition[1] if condition else "",
            fix=_first_app(context),
            change=_added(context),
        )


def _when_404(context: Context) -> tuple[str, str] | None:
    """Return how severe P02 is, and under which condition if it isn't always an error."""
    if served := named_around(context, SERVED_BY, deep=True):
        return "note", f"with runserver; {served} names another server"
    if context.facts.get("from_source") and "channels" not in context.pins:
        return "warning", "with Channels 4 or later; the project doesn't say which it needs"
    return None


def _first_app(context: Context) -> str:
    """Return what to do so that daphne's runserver is used."""
    first = 'put `"daphne"` first in `INSTALLED_APPS`'
    if context.facts["modules"].get("daphne"):
        sentence = first[:1].upper() + first[1:]
    else:
        sentence = f"Install daphne (`pip install daphne`), then {first}"
    guess = guessed_application(context)
    if context.facts["asgi_application"] is None and guess and not context.has_app("channels"):
        return f'{sentence}, and set `ASGI_APPLICATION = "{guess}"`, which it reads.'
    return f"{sentence}."


def _place_of_app(context: Context, name: str) -> Place | None:
    for found in context.settings.assignments("INSTALLED_APPS"):
        for node in ast.walk(found.value):
            if isinstance(node, ast.Constant) and node.value == name:
                return found.module.place(node)
    return None


def _added(context: Context) -> Change | None:
    """Return the change that puts daphne first."""
    found = context.settings.beginning("INSTALLED_APPS")
    if not found or not isinstance(found.value, ast.List) or not found.value.elts:
        return None
    first = found.value.elts[0]
    if first.lineno == found.value.lineno:
        return edits.inserted(found.module, first, '"daphne", ')
    line = found.module.line(first.lineno)
    indent = line[: len(line) - len(line.lstrip())]
    return Change((), (f'{indent}"daphne",',), found.line)


def _moved_up(context: Context) -> Change | None:
    added, place = _added(context), _place_of_app(context, "daphne")
    if not added or not added.below or not place:
        return None
    old = context.tree.modules[place.file].line(place.line)
    alone = old.strip().rstrip(",") in ('"daphne"', "'daphne'")
    same_file = place.file == context.settings.beginning("INSTALLED_APPS").place.file
    return Change((old,), added.new, added.below) if alone and same_file else None


def named(folder: Path, pattern: re.Pattern, deep: bool = False) -> Place | None:
    """Return where a file that names packages or commands contains `pattern`.

    If `deep`, the commands in the folders below count too.
    """
    files = [file for glob in NAMES_PACKAGES for file in sorted(folder.glob(glob))]
    if deep:
        files += depth_first(folder, COMMANDS, COMMANDS_IN)
    for file in files:
        if not file.is_file() or file.stat().st_size > LARGEST:
            continue
        lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        for number, line in enumerate(lines, 1):
            if pattern.search(line) and not line.lstrip().startswith("#"):
                return Place(file.relative_to(folder).as_posix(), number)
    return None


def named_around(context: Context, pattern: re.Pattern, deep: bool = False) -> Place | None:
    """Return where a file in the project or its repository contains `pattern`."""
    for folder in around(context.project.folder, context.project.given):
        if place := named(folder, pattern, deep):
            return place
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
            "uvicorn is installed without websockets or wsproto.",
            place or context.settings.place("INSTALLED_APPS"),
            change=_with_standard(context, place),
        )


def _with_standard(context: Context, place: Place | None) -> Change | None:
    if not place or not place.file.endswith(".txt"):
        return None
    file = context.project.folder / place.file
    line = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()[place.line - 1]
    if "[" in line:
        return None
    return Change((line,), (UVICORN.sub("uvicorn[standard]", line, count=1),))


def _no_application(context: Context) -> Iterator[Finding]:
    """P18 for a missing setting. Whether it names an application only shows when it's imported."""
    if not _application_is_missing(context):
        return
    value = context.facts["asgi_application"]
    guess = guessed_application(context) or "mysite.asgi.application"
    place = context.settings.place("ASGI_APPLICATION")
    if value is None:
        yield finding(
            "P18",
            "ASGI_APPLICATION is not set.",
            place,
            severity="note" if context.facts["runserver"] in DJANGOS else "",
            condition="as soon as daphne's runserver is used"
            if context.facts["runserver"] in DJANGOS
            else "",
            fix=f'Set `ASGI_APPLICATION = "{guess}"`.',
            change=Change((), (f'ASGI_APPLICATION = "{guess}"',)),
        )
        return
    found = context.settings.find("ASGI_APPLICATION")
    yield finding(
        "P18",
        f"ASGI_APPLICATION is {value!r}, but it has to name a module and a variable in it.",
        place,
        case="setting",
        fix=f'Set `ASGI_APPLICATION = "{guess}"`.',
        change=found.instead(found.source(found.value), f'"{guess}"') if found else None,
    )


def _application_is_missing(context: Context) -> bool:
    """Return whether the setting names no application and a server needs it to."""
    value = context.facts["asgi_application"]
    if not _is_told(context, value) or context.demands_below("channels", 2):
        return False
    if not context.imports_channels_4:
        return False  # P69 tells of all that follows from that
    if value is not None and isinstance(value, str) and "." in value:
        return False
    if context.has_app("daphne"):
        return True
    return context.has_app("channels") and not _another_server_runs_it(context)


def _another_server_runs_it(context: Context) -> bool:
    """Return whether a server that takes the application as its argument is named."""
    return bool(
        named(context.project.folder, OTHER_SERVER) or named_around(context, SERVED_BY, deep=True)
    )


def _is_told(context: Context, value: object) -> bool:
    """Return whether `value` is known from the source."""
    if not context.facts.get("from_source"):
        return True
    return context.facts["complete"] if value is None else value != ""


def guessed_application(context: Context) -> str:
    """Return the conventional path of the application, in asgi.py next to the settings, or ""."""
    parts = context.project.settings.split(".")
    for count in range(len(parts) - 1, -1, -1):
        for folder in (context.project.folder, *context.project.paths):
            if folder.joinpath(*parts[:count], "asgi.py").is_file():
                return ".".join([*parts[:count], "asgi", "application"])
    return ""


def _has_pages(context: Context) -> bool:
    """Return whether the project has its own templates or static files."""
    return next(depth_first(context.project.folder, PAGES, PAGES_IN), None) is not None


def _is_served_elsewhere(static: dict) -> bool:
    """Return whether another host or storage serves the static files."""
    has_storage = static["storage"] and not static["storage"].startswith(STATIC)
    return bool(has_storage) or static["url"].startswith(("http://", "https://", "//"))


def _no_static_files(context: Context) -> Iterator[Finding]:
    """P49: DEBUG is off, and nothing in the project could serve static files to its pages."""
    static = context.facts["static"]
    if context.facts["debug"] or not context.has_app(STATIC) or static["root"]:
        return
    if not context.facts.get("complete", True):
        return  # the files that aren't here may say more
    whitenoise = any(
        "whitenoise" in middleware.lower() for middleware in context.facts["middleware"]
    )
    if whitenoise and static["found_by_whitenoise"]:
        return
    if _is_served_elsewhere(static) or context.asgi.get("static"):
        return
    yield finding(
        "P49",
        "DEBUG is off, STATIC_ROOT is not set, and nothing serves the static files."
        if not whitenoise
        else "DEBUG is off and STATIC_ROOT is not set, so WhiteNoise has no files to serve.",
        context.settings.place("STATIC_URL"),
        severity="" if _has_pages(context) and not context.facts.get("debug_is_chosen") else "note",
        condition="with every server, since runserver too serves them only with DEBUG on",
        fix=""
        if not whitenoise
        else "Set `STATIC_ROOT` and run `collectstatic`, or set `WHITENOISE_USE_FINDERS = True`.",
        change=Change((), ("WHITENOISE_USE_FINDERS = True",)) if whitenoise else None,
    )

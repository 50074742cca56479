"""The in-memory layer next to a second process: workers, Celery, commands."""

import re
from collections.abc import Iterator

from channels_doctor.finding import Finding, Place, finding
from channels_doctor.rules.context import Context
from channels_doctor.source.calls import LayerCall
from channels_doctor.source.following.callers import Callers
from channels_doctor.source.names import decorators
from channels_doctor.source.tree import Module
from channels_doctor.static.folders import around

FILES = ("Procfile", "compose*.y*ml", "docker-compose*.y*ml", "*.sh", "Dockerfile*", "*.service")
WORKERS = re.compile(r"(?:--workers[=\s\"',]+|-w[\s\"',]+)(?P<count>\d+)")
SERVERS = ("uvicorn", "gunicorn", "hypercorn", "granian")
EAGER = ("CELERY_TASK_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER", "task_always_eager")
TASKS = {"shared_task", "task", "periodic_task", "db_task"}


def check(context: Context) -> Iterator[Finding]:
    """P11: messages that never leave the sending process."""
    if context.default_kind != "memory" or not context.facts:
        return
    callers, is_eager = Callers(context.tree), _runs_tasks_itself(context)
    for call in context.calls:
        if other := _other_process(call, callers, is_eager):
            yield _told(f"{other} sends from a separate process", call.module.place(call.node))
            return
    if context.calls and (place := _several_workers(context)):
        yield _told("Several workers serve this project", place)


def _told(what: str, place: Place) -> Finding:
    return finding(
        "P11",
        f"{what}, but the in-memory layer doesn't reach other processes.",
        place,
        severity="warning",
        condition="whenever the sender and the socket are in different processes",
        found_by="source",
    )


def _other_process(call: LayerCall, callers: Callers, is_eager: bool) -> str:
    """Return which task or command makes `call`, itself or through the project's functions.

    Tasks don't count if they are `is_eager`, because then their caller runs them itself.
    """
    if call.method not in ("send", "group_send"):
        return ""
    for module, function in callers.above(call.module, call.function):
        name = getattr(function, "name", "")
        if name and decorators(function) & TASKS:
            return "" if is_eager else f"The task {name}"
        if "/management/commands/" in f"/{module.file}" and not _is_left_to_servers(module):
            return f"The command {module.file.rpartition('/')[2].removesuffix('.py')}"
    return ""


def _runs_tasks_itself(context: Context) -> bool:
    found = (context.settings.find(name) for name in EAGER)
    return any(written and getattr(written.value, "value", None) is True for written in found)


def _is_left_to_servers(module: Module) -> bool:
    """Return whether a command itself serves, as a runserver of the project does."""
    return "runserver" in module.text or "uvicorn.run" in module.text


def _several_workers(context: Context) -> Place | None:
    for folder in around(context.project.folder, context.project.given):
        for pattern in FILES:
            for file in sorted(folder.glob(pattern)):
                if place := _in_file(file, context):
                    return place
    return None


def _in_file(file, context: Context) -> Place | None:
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    for number, line in enumerate(text.splitlines(), 1):
        found = WORKERS.search(line)
        if found and int(found["count"]) > 1 and any(name in line for name in SERVERS):
            inside = file.is_relative_to(context.tree.folder)
            name = file.relative_to(context.tree.folder).as_posix() if inside else file.name
            return Place(name, number if inside else 0)
    return None

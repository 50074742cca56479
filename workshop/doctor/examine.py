"""Examine a project without running a server: its settings, its ASGI application, its source."""

from collections.abc import Callable
from dataclasses import dataclass, field

from workshop.doctor import probing
from workshop.doctor.context import Context
from workshop.doctor.finding import Finding, Place
from workshop.doctor.looks import apps, asgi, code, layers
from workshop.doctor.project import Project, named_settings
from workshop.doctor.secrets import masked
from workshop.doctor.source.tree import Tree


@dataclass
class Examination:
    """What was found. `troubles` are sentences about what could not be examined at all."""

    project: Project
    context: Context
    findings: list[Finding] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    live: object | None = None

    def sort(self) -> None:
        self.findings.sort(key=lambda one: one.urgency)


def examine(
    project: Project,
    variables: dict[str, str] | None = None,
    network: bool = True,
    ask=probing.ask,
    when_settings_are_known: Callable[[Context], None] = lambda context: None,
) -> Examination:
    """Return what is wrong with `project`, the most urgent first.

    `variables` are set for the project's processes; without `network` nobody knocks at Redis; `ask`
    runs a probe; `when_settings_are_known` is called as soon as they are. Raises WorkshopError
    where the chosen Python does not start.
    """
    context = Context(project, Tree(project.folder), variables=variables or {}, network=network)
    found = Examination(project, context)
    _settings(context, found, ask)
    if context.facts:
        when_settings_are_known(context)
    if context.facts and context.uses_channels:
        _application(context, found, ask)
    looks = [code.look]
    if context.facts:
        looks = [apps.look, layers.look, asgi.look, code.look]
    if context.uses_channels:
        for look in looks:
            found.findings += look(context)
    found.findings = list(dict.fromkeys(found.findings))
    found.sort()
    return found


def _settings(context: Context, found: Examination, ask) -> None:
    project = context.project
    try:
        facts = ask(project, "settings", context.variables)
    except probing.Hangs:
        found.troubles.append(
            f"The settings ({project.settings}) do not load within {probing.PATIENCE} s: look for "
            "what they wait for."
        )
        return
    if facts.get("no_django"):
        found.troubles.append(
            f"Django is not installed for {project.python}: name the project's own Python with "
            "--python, for example --python .venv/bin/python."
        )
    elif error := facts.get("error"):
        found.troubles.append(_no_settings(project, error))
    else:
        context.facts = facts


def _no_settings(project: Project, error: dict) -> str:
    top = project.settings.partition(".")[0]
    if error["type"] == "ModuleNotFoundError" and error["name"]:
        missing = error["name"]
        if project.settings == missing or project.settings.startswith(f"{missing}."):
            return f"There are no settings {project.settings}: name yours with --settings."
        if missing.partition(".")[0] != top:
            return (
                f"The settings need the package {missing}, which {project.python} does not have: "
                "install it there, or name the project's own Python with --python."
            )
    where = str(Place(error["file"], error["line"])) or project.settings
    words = error["text"] if error["type"] == "SystemExit" else error["last_words"]
    return masked(f"The settings cannot be loaded: {where}: {words}")


def _application(context: Context, found: Examination, ask) -> None:
    path = asgi.application_path(context)
    if not path:
        return
    named = named_settings(
        context.project.folder / (path.rpartition(".")[0].replace(".", "/") + ".py")
    )
    other = named != context.project.settings  # then it relies on the environment, or was overruled
    try:
        facts = ask(
            context.project,
            "asgi",
            context.variables,
            application=path,
            name_settings=other,
        )
    except probing.Hangs:
        found.troubles.append(
            f"Importing {path} does not end within {probing.PATIENCE} s: look for what it "
            "waits for."
        )
        return
    if error := facts.get("error"):
        found.troubles.append(masked(f"{path} cannot be examined: {error['last_words']}"))
        return
    context.asgi = facts
    if sentence := asgi.trouble(context):
        found.troubles.append(masked(sentence))

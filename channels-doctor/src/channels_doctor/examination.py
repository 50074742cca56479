"""Examine a project without running a server: its settings, its ASGI application, its source."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from channels_doctor import environment, probing
from channels_doctor.errors import DoctorError
from channels_doctor.finding import Finding, Place
from channels_doctor.project import DjangoProject, named_settings
from channels_doctor.redaction.known_secrets import Secrets
from channels_doctor.redaction.secrets import masked
from channels_doctor.rules import apps, asgi, code, layers, variables
from channels_doctor.rules.certainty import with_certainty
from channels_doctor.rules.context import Context
from channels_doctor.source.markers import without_ignored
from channels_doctor.source.tree import Tree

NOT_UTF_8 = re.compile(r"null bytes|codec can't decode byte")


@dataclass
class Examination:
    """The result of an examination.

    `troubles` are sentences about what could not be examined at all. `remarks` are sentences about
    how it was examined instead, and about how to build the environment that it needs.
    """

    project: DjangoProject
    context: Context
    findings: list[Finding] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    live: object | None = None

    def sort(self) -> None:
        self.findings.sort(key=lambda finding: finding.urgency)

    def hide_secrets(self) -> None:
        """Mask the project's secrets in all findings."""
        secrets = Secrets(self.context.tree, self.context.variables)
        self.findings = list(map(secrets.hidden_in, self.findings))
        self.troubles = list(map(secrets.masked, self.troubles))


def examine(
    project: DjangoProject,
    variables: dict[str, str] | None = None,
    network: bool = True,
    ask: Callable[..., dict] = probing.ask,
    when_settings_are_known: Callable[[Context], None] = lambda context: None,
    importing: bool = True,
) -> Examination:
    """Return what's wrong with `project`, most urgent first.

    `variables` are set for the project's processes. Without `network`, nothing connects to Redis.
    `ask` runs a probe, and `when_settings_are_known` is called as soon as they are. Without
    `importing`, none of the project's code is executed: its source is read instead. Raises
    DoctorError if the chosen Python doesn't start.
    """
    context = Context(project, Tree(project.folder), variables=variables or {}, network=network)
    found = Examination(project, context, remarks=_remarks_on(project))
    try:
        if importing:
            _import(context, found, ask, when_settings_are_known)
    except DoctorError as error:
        secrets = Secrets(context.tree, context.variables)
        raise type(error)(secrets.masked(str(error))) from None
    if not context.facts:
        _read(context, found, importing)
    _judge(context, found)
    if importing and found.troubles:
        found.remarks += environment.how_to_build(context, ask)
    return found


def _remarks_on(project: DjangoProject) -> list[str]:
    """Return what people should know about the choice of the settings."""
    if not project.instead_of:
        return []
    return [
        f"{project.instead_of} is empty, so {project.settings} was examined instead. To choose "
        "other settings, name them with --settings."
    ]


def check_source(folder: Path) -> list[Finding]:
    """Return what is wrong with the Python files in `folder`, most urgent first.

    Nothing is executed, so this also works for a project that doesn't start; `examine` finds more.
    """
    context = Context(DjangoProject(folder, "", sys.executable), Tree(folder))
    found = [*code.check(context), *layers.check_source(context)]
    found = without_ignored(context.tree, list(dict.fromkeys(found)))
    return sorted(found, key=lambda finding: finding.urgency)


def _import(context: Context, found: Examination, ask, when_settings_are_known) -> None:
    _settings(context, found, ask)
    if context.facts:
        when_settings_are_known(context)
    if context.facts and context.uses_channels:
        _application(context, found, ask)
    if context.facts and context.is_borrowed_against_pins:
        found.remarks.append(environment.borrowed(context))


def _read(context: Context, found: Examination, importing: bool) -> None:
    """Take the facts from the source, if importing is disabled or has failed."""
    context.network = False
    facts = context.written_settings
    if facts and facts["installed_apps"]:
        context.facts = facts
        context.asgi = context.written_application
        found.remarks.append(
            "The following was read from the source, without executing the project."
        )
        found.remarks += [
            f"{file} was left out: Python {sys.version_info[0]}.{sys.version_info[1]} reports a "
            f"syntax error in line {line}."
            for file, (line, _) in sorted(context.tree.unreadable.items())
        ]
    elif not importing:
        found.troubles.append(_no_apps(context))


def _judge(context: Context, found: Examination) -> None:
    if context.uses_channels:
        rules = [apps, layers, asgi, code, variables] if context.facts else [code]
        for rule in rules:
            found.findings += rule.check(context)
    findings = without_ignored(context.tree, list(dict.fromkeys(found.findings)))
    found.findings = with_certainty(context, findings)
    if context.tree.utf_16:
        others = [sentence for sentence in found.troubles if not NOT_UTF_8.search(sentence)]
        found.troubles = [*map(_utf_16, context.tree.utf_16), *others]
    found.hide_secrets()
    found.sort()


def _utf_16(file: str) -> str:
    return f"{file} is saved as UTF-16. Python and Django need it to be UTF-8."


def _settings(context: Context, found: Examination, ask) -> None:
    project = context.project
    try:
        facts = ask(project, "settings", context.variables)
    except probing.Hangs:
        found.troubles.append(
            f"The settings ({project.settings}) do not load within {probing.PATIENCE} s: find "
            "out what they wait for."
        )
        return
    if facts.get("no_django"):
        found.troubles.append(
            f"Django is not installed for {project.python}: name the project's own Python with "
            "--python, for example --python .venv/bin/python."
        )
    elif error := facts.get("error"):
        found.troubles.append(_no_settings(context, error))
    elif not facts["installed_apps"]:
        found.troubles.append(_no_apps(context))
    else:
        context.facts = facts


def _no_apps(context: Context) -> str:
    """Return a sentence saying that the settings are empty, and which others exist."""
    name = context.project.settings
    for file, (line, _) in context.tree.unreadable.items():
        if f"/{file}".endswith(
            (f"/{name.replace('.', '/')}.py", f"/{name.replace('.', '/')}/__init__.py")
        ):
            version = f"{sys.version_info[0]}.{sys.version_info[1]}"
            return f"{file} can't be read: Python {version} reports a syntax error in line {line}."
    if context.tree.named(name) is None:
        return f"There are no settings {name}: name yours with --settings."
    package = name.replace(".", "/")
    near = f"{package.rpartition('/')[0]}/" if "/" in package else ""
    others = [
        module.name
        for module in context.tree
        if module.file.startswith((f"{package}/", near))
        and "INSTALLED_APPS" in module.text
        or (module.file.startswith(f"{package}/") and "import *" in module.text)
    ]
    others = [other for other in others if other != name]
    if not others:
        return f"{name} doesn't define INSTALLED_APPS: name other settings with --settings."
    names = " and ".join([", ".join(others[:-1]), others[-1]]) if len(others) > 1 else others[0]
    verb = "are" if len(others) > 1 else "is"
    sentence = f"{name} doesn't define INSTALLED_APPS; there {verb} {names}"
    return f"{sentence}: choose one with --settings."


def _no_settings(context: Context, error: dict) -> str:
    project = context.project
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
    path = asgi.served_path(context)
    if not path:
        return
    named = named_settings(
        context.project.folder / (path.rpartition(".")[0].replace(".", "/") + ".py")
    )
    other = named != context.project.settings  # it relies on the environment, or was overridden
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
            f"Importing {path} does not end within {probing.PATIENCE} s: find out what it "
            "waits for."
        )
        return
    if error := facts.get("error"):
        found.troubles.append(masked(f"{path} cannot be examined: {error['last_words']}"))
        return
    context.asgi = facts
    if sentence := asgi.trouble(context):
        found.troubles.append(masked(sentence))

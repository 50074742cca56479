"""What importing a project requires: packages and variables, and a command that installs them."""

import sys
from collections.abc import Callable

from channels_doctor.errors import DoctorError
from channels_doctor.probing import Hangs
from channels_doctor.rules.context import Context
from channels_doctor.static.folders import around

LOCKED = (
    ("uv.lock", "uv sync"),
    ("poetry.lock", "poetry install"),
    ("pdm.lock", "pdm install"),
    ("Pipfile", "pipenv install --dev"),
    ("environment.yml", "conda env create -f environment.yml"),
)
REQUIREMENTS = ("requirements.txt", "requirements/local.txt", "requirements/dev.txt")
REQUIREMENTS += ("requirements/base.txt", "requirements-dev.txt", "requirements/requirements.txt")
VARIABLES = {"DJANGO_SETTINGS_MODULE"}
MOST = 12


def how_to_build(context: Context, ask: Callable[..., dict]) -> list[str]:
    """Return which packages and variables are missing, and a command that installs the packages."""
    found = []
    if missing := _missing_packages(context, ask):
        found.append(f"Missing for {context.project.python}: {_listed(missing)}.")
        found.append(f"One command builds an environment for it: {command(context)}")
    if variables := _missing_variables(context):
        found.append(
            f"Not set, and without a default: {_listed(variables)}. "
            "Pass a file that sets them with --env-file."
        )
    return found


def command(context: Context) -> str:
    """Return one command that builds the project's environment from the files in its folder."""
    folders = around(context.project.folder, context.project.given)
    for folder in folders:
        for name, build in LOCKED:
            if (folder / name).is_file():
                return build
        for name in REQUIREMENTS:
            if (folder / name).is_file():
                return f"python -m venv .venv && .venv/bin/pip install -r {name}"
        if (folder / "pyproject.toml").is_file() or (folder / "setup.py").is_file():
            return "python -m venv .venv && .venv/bin/pip install -e ."
    return 'python -m venv .venv && .venv/bin/pip install django "channels[daphne]" channels_redis'


def borrowed(context: Context) -> str:
    """Return a sentence saying that this isn't the project's Python, with the required versions."""
    demanded = ", ".join(
        f"{pin.name} {pin.exact or pin.lowest}" for pin in context.conflicting_pins
    )
    return (
        f"The Python is borrowed ({context.project.python}), and the project requires {demanded}, "
        "so version-dependent checks assume that. Name the project's own Python with --python."
    )


def _listed(names: list[str]) -> str:
    shown = names[:MOST]
    return ", ".join(shown) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")


def _missing_packages(context: Context, ask: Callable[..., dict]) -> list[str]:
    own = {part for module in context.tree for part in module.file.split("/")}
    own = {part.removesuffix(".py") for part in own}
    apps = context.written_settings.get("installed_apps", [])
    tops = {path.partition(".")[0] for module in context.tree for path in module.imports.values()}
    tops |= {app.partition(".")[0] for app in apps}
    names = sorted(top for top in tops - own - set(sys.stdlib_module_names) if top)
    try:
        answer = ask(context.project, "missing", context.variables, modules=names)
    except (DoctorError, Hangs):
        return []
    return answer.get("missing", [])


def _missing_variables(context: Context) -> list[str]:
    unset = context.written_settings.get("unset", {})
    names = [name for needed in unset.values() for name in needed]
    return sorted(set(names) - VARIABLES)

"""The static findings as Django system checks: `channels_doctor.W001` is P01, and so on.

Errors are reported as warnings, and notes as infos, so that they never keep runserver from
starting. In CI, run `manage.py check --tag channels --fail-level WARNING`. These checks don't
connect to Redis.
"""

import sys
from pathlib import Path

from django.conf import settings
from django.core import checks

from channels_doctor.check_cache import cached
from channels_doctor.errors import DoctorError
from channels_doctor.examination import examine
from channels_doctor.finding import Finding
from channels_doctor.pointers import AS_MODULE
from channels_doctor.project import DjangoProject


def check_channels(app_configs=None, **kwargs) -> list[checks.CheckMessage]:
    """Examine the current project, in separate processes."""
    if app_configs is not None and "channels_doctor" not in [app.label for app in app_configs]:
        return []
    name = getattr(settings, "SETTINGS_MODULE", None)
    if not name:
        return []  # settings created in code, so there's no file to read
    folder = _folder(Path(sys.modules[name].__file__).resolve(), name)
    return [_message(**said) for said in cached(folder, name, lambda: _examined(folder, name))]


def _examined(folder: Path, name: str) -> list[dict]:
    """Return the project's findings, as values that can be stored in a file."""
    try:
        found = examine(DjangoProject(folder, name, sys.executable, chosen=True), network=False)
    except DoctorError as error:
        return [_trouble(str(error))]
    return [*map(_trouble, found.troubles), *map(_said, found.findings)]


def _trouble(sentence: str) -> dict:
    return {"kind": "Warning", "text": sentence, "hint": None, "place": None, "number": 0}


def _said(finding: Finding) -> dict:
    condition = f" It breaks {finding.condition}." if finding.condition else ""
    change = "".join(f"\n\t  {line}" for line in finding.change.lines()) if finding.change else ""
    fix = " ".join(finding.fix.split())
    return {
        "kind": "Info" if finding.severity == "note" else "Warning",
        "text": f"{finding.what}{condition}",
        "hint": f"{fix}{change}\n\tMore: {AS_MODULE.explain(finding.pitfall)}",
        "place": str(finding.place) or None,
        "number": int(finding.id.removeprefix("P")),
    }


def _message(kind: str, text: str, hint: str | None, place: str | None, number: int):
    made = checks.Info if kind == "Info" else checks.Warning
    return made(text, hint=hint, obj=place, id=f"channels_doctor.W{number:03}")


def _folder(file: Path, name: str) -> Path:
    """Return the folder with manage.py above the settings `file`, or their package's folder."""
    for parent in file.parents:
        if (parent / "manage.py").is_file():
            return parent
    depth = name.count(".") + (file.name == "__init__.py")
    return file.parents[depth]

"""The static findings as Django system checks: `channels_doctor.W001` is P01, and so on.

All are warnings, notes are infos, so that they never keep runserver from starting; in CI call
`manage.py check --tag channels --fail-level WARNING`. Redis is not asked here.
"""

import sys
from pathlib import Path

from django.conf import settings
from django.core import checks

from workshop.doctor.examine import examine
from workshop.doctor.finding import Finding
from workshop.doctor.project import Project
from workshop.errors import WorkshopError
from workshop.pitfalls import explain_pointer, pointer


def check_channels(app_configs=None, **kwargs) -> list[checks.CheckMessage]:
    """Examine the project whose settings are in use, in processes of its own."""
    if app_configs is not None and "channels_doctor" not in [one.label for one in app_configs]:
        return []
    name = getattr(settings, "SETTINGS_MODULE", None)
    if not name:
        return []  # settings that were made in code: there is no file to look into
    folder = _folder(Path(sys.modules[name].__file__).resolve(), name)
    try:
        found = examine(Project(folder, name, sys.executable, chosen=True), network=False)
    except WorkshopError as error:
        return [checks.Warning(str(error), id="channels_doctor.W000")]
    troubles = [checks.Warning(one, id="channels_doctor.W000") for one in found.troubles]
    return troubles + [_message(one) for one in found.findings]


def _message(one: Finding) -> checks.CheckMessage:
    kind = checks.Info if one.severity == "note" else checks.Warning
    condition = f" It breaks {one.condition}." if one.condition else ""
    change = "".join(f"\n\t  {line}" for line in one.change.lines()) if one.change else ""
    mend = " ".join(one.mend.split())
    hint = f"{mend}{change}\n\tMore: {pointer(one.pitfall)}, or {explain_pointer(one.pitfall)}"
    number = int(one.id.removeprefix("P"))
    return kind(
        f"{one.what}{condition}",
        hint=hint,
        obj=str(one.place) or None,
        id=f"channels_doctor.W{number:03}",
    )


def _folder(file: Path, name: str) -> Path:
    """Return the folder of manage.py above the settings' `file`, or what holds their package."""
    for parent in file.parents:
        if (parent / "manage.py").is_file():
            return parent
    depth = name.count(".") + (file.name == "__init__.py")
    return file.parents[depth]

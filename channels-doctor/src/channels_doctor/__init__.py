"""Find out what's wrong with a Django Channels project, why, and how to fix it.

Add "channels_doctor" to INSTALLED_APPS, and `manage.py check` shows the same findings. The modules
in `probe/` run inside the examined project, so they only import what the project has.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from channels_doctor.errors import DoctorError, InvalidArgument
    from channels_doctor.examination import Examination, check_source, examine
    from channels_doctor.finding import Change, Finding, Place
    from channels_doctor.project import DjangoProject
    from channels_doctor.project import find as find_project

__version__ = "0.2.0"
__all__ = [
    "Change",
    "DjangoProject",
    "DoctorError",
    "Examination",
    "Finding",
    "InvalidArgument",
    "Place",
    "check_source",
    "examine",
    "find_project",
]

_HOMES = {
    "Change": ("finding", "Change"),
    "DjangoProject": ("project", "DjangoProject"),
    "DoctorError": ("errors", "DoctorError"),
    "Examination": ("examination", "Examination"),
    "Finding": ("finding", "Finding"),
    "InvalidArgument": ("errors", "InvalidArgument"),
    "Place": ("finding", "Place"),
    "check_source": ("examination", "check_source"),
    "examine": ("examination", "examine"),
    "find_project": ("project", "find"),
}


def __getattr__(name: str) -> object:
    """Import a public name on first use, so programs that wrap the doctor start quickly."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)

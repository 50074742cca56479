"""Load the project's settings, and report what they say about Channels."""

import importlib
import os
import sys

from _doctor_probe_entry import inside, neighbour

READ = ("ALLOWED_HOSTS", "INSTALLED_APPS", "MIDDLEWARE")


def collect(request):
    """Return the facts. Django isn't set up in this process, neither here nor later."""
    os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    facts = neighbour("versions").collect()
    if not facts["modules"]["django"]:
        return {**facts, "no_django": True}
    before = set(sys.modules)
    from django.conf import settings

    settings.DEBUG  # noqa: B018 (this loads them as a server does, and may refuse them)
    module = importlib.import_module(request["settings"])
    facts.update(
        settings_file=_relative(module.__file__, request["folder"]),
        settings_files=_own_files(before, request["folder"]),
        names=[name for name in dir(settings) if name.isupper()],
        debug=bool(settings.DEBUG),
        atomic_requests=any(base.get("ATOMIC_REQUESTS") for base in settings.DATABASES.values()),
        lasting_connections=any(base.get("CONN_MAX_AGE") for base in settings.DATABASES.values()),
        asgi_application=getattr(settings, "ASGI_APPLICATION", None),
        static=_static(settings),
        **{name.lower(): [str(part) for part in getattr(settings, name)] for name in READ},
    )
    facts["runserver"] = _runserver(settings.INSTALLED_APPS)
    facts["layers"] = (
        neighbour("layers").collect(settings) if facts["modules"]["channels"] else None
    )
    return facts


def _own_files(before, folder):
    """Return the project's files that were imported since `sys.modules` was `before`."""
    names = [name for name in sys.modules if name not in before]
    paths = [getattr(sys.modules[name], "__file__", None) for name in names]
    return [_relative(path, folder) for path in paths if path and inside(path, folder)]


def _relative(path, folder):
    return os.path.relpath(os.path.realpath(path), folder).replace(os.sep, "/")


def _static(settings):
    storages = getattr(settings, "STORAGES", {})
    storage = storages.get("staticfiles", {}).get("BACKEND", "") if storages else ""
    return {
        "url": str(settings.STATIC_URL or ""),
        "root": bool(settings.STATIC_ROOT),
        "found_by_whitenoise": bool(getattr(settings, "WHITENOISE_USE_FINDERS", False)),
        "storage": str(getattr(settings, "STATICFILES_STORAGE", "") or storage),
    }


def _runserver(entries):
    """Return the app whose runserver command wins: the first in INSTALLED_APPS that has one."""
    for entry in entries:
        parts = entry.split(".")
        for count in range(len(parts), 0, -1):
            try:
                module = importlib.import_module(".".join(parts[:count]))
            except Exception:  # another rule reports apps that can't be imported
                continue
            folders = list(getattr(module, "__path__", []))
            for folder in folders:
                if os.path.isfile(os.path.join(folder, "management", "commands", "runserver.py")):
                    return module.__name__
            if folders:
                break  # that's the app; folders above it belong to others
    return "django.core"

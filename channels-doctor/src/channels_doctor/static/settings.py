"""The Channels settings, read from the source: the facts of `probe/settings.py`."""

import sys
from collections.abc import Mapping

from channels_doctor.source.tree import Tree
from channels_doctor.static import classes, layers
from channels_doctor.static.modules import Modules
from channels_doctor.static.requirements import Pin
from channels_doctor.static.values import Bound, is_known, variables_of

STATICFILES = "django.contrib.staticfiles"
PACKAGES = ("django", "channels", "channels_redis", "redis", "daphne", "uvicorn", "websockets")
PACKAGES += ("wsproto", "cryptography")


def facts(tree: Tree, modules: Modules, name: str, pins: Mapping[str, Pin]) -> dict:
    """Return the facts about the settings module called `name`, or {} if the source has none."""
    module = tree.named(name)
    if module is None:
        return {}
    names = modules.names(module)
    if "INSTALLED_APPS" not in names:
        names = classes.settings_of(tree, modules, module) or names
    values = {key: bound for key, bound in names.items() if key.isupper()}
    return {
        "from_source": True,
        "python": list(sys.version_info[:3]),
        "versions": {pin.name: pin.exact for pin in pins.values() if pin.exact},
        "modules": dict.fromkeys(PACKAGES, True),
        "settings_file": module.file,
        "settings_files": list(dict.fromkeys(bound.module.file for bound in values.values())),
        "complete": not modules.incomplete & {module.file, *_sources(values)},
        "lasting_connections": _mentions(tree, values, "CONN_MAX_AGE"),
        "atomic_requests": _mentions(tree, values, "ATOMIC_REQUESTS"),
        "runserver": _runserver(_texts(values.get("INSTALLED_APPS")), pins),
        "layers": layers.facts(values.get("CHANNEL_LAYERS"), pins),
        **_told(values),
    }


def _told(values: Mapping[str, Bound]) -> dict:
    """Return the settings, and which of them the source shows completely."""
    return {
        "names": list(values),
        "debug": _debug(values.get("DEBUG")),
        "debug_is_chosen": _is_chosen(values.get("DEBUG")),
        "asgi_application": _known(values.get("ASGI_APPLICATION")),
        "asgi_application_is_known": _is_known(values.get("ASGI_APPLICATION")),
        "static": _static(values),
        "installed_apps": _texts(values.get("INSTALLED_APPS")),
        "installed_apps_are_known": _is_known(values.get("INSTALLED_APPS")),
        "middleware": _texts(values.get("MIDDLEWARE")),
        "allowed_hosts": _texts(values.get("ALLOWED_HOSTS")),
        "allowed_hosts_are_known": _is_known(values.get("ALLOWED_HOSTS")),
        "unset": _unset(values),
    }


def _sources(values: Mapping[str, Bound]) -> set[str]:
    return {bound.module.file for bound in values.values()}


def _mentions(tree: Tree, values: Mapping[str, Bound], word: str) -> bool:
    """Return whether a line in the settings' files contains `word` outside a comment."""
    lines = (line for file in _sources(values) for line in tree.modules[file].lines)
    return any(word in line.partition("#")[0] for line in lines)


def _texts(bound: Bound | None) -> list[str]:
    value = bound.value if bound else []
    if not isinstance(value, (list, tuple)):
        return []
    return [part for part in value if isinstance(part, str)]


def _is_known(bound: Bound | None) -> bool:
    return bound is not None and bound.certain and is_known(bound.value)


def _known(bound: Bound | None) -> object:
    if bound is None:
        return None
    return bound.value if is_known(bound.value) else ""


def _debug(bound: Bound | None) -> bool:
    """Return False only if DEBUG is certainly off."""
    if bound is None:
        return False
    return not (_is_known(bound) and not bound.value)


def _is_chosen(bound: Bound | None) -> bool:
    """Return whether the setting comes from outside, and the source only has a default."""
    line = bound.module.line(bound.node.lineno) if bound else ""
    return any(sign in line.partition("=")[2].partition("#")[0] for sign in "([")


def _static(values: Mapping[str, Bound]) -> dict:
    return {
        "url": str(_known(values.get("STATIC_URL")) or ""),
        "root": "STATIC_ROOT" in values,
        "found_by_whitenoise": "WHITENOISE_USE_FINDERS" in values,
        "storage": "unknown" if {"STORAGES", "STATICFILES_STORAGE"} & set(values) else "",
    }


def _runserver(apps: list[str], pins: Mapping[str, Pin]) -> str:
    """Return the app whose runserver wins, among those that have one."""
    channels = pins.get("channels")
    bring = {"daphne", STATICFILES}
    if channels and channels.is_below(4):
        bring.add("channels")
    for app in apps:
        for name in bring:
            if app == name or app.startswith(f"{name}.apps"):
                return name
    return "django.core"


def _unset(values: Mapping[str, Bound]) -> dict[str, list[str]]:
    """Return, for each setting, the variables it needs that aren't set and have no default."""
    found = {name: variables_of(bound.value) for name, bound in values.items()}
    return {name: needed for name, needed in found.items() if needed}

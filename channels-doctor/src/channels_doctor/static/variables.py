"""Calls that read an environment variable, with `os`, django-environ, decouple and others."""

import json
from collections.abc import Mapping

from channels_doctor.static.values import Unknown, is_known

READERS = ("os.environ.get", "os.getenv", "os.environ.setdefault", "os.environ.pop")
FACTORIES = ("environ.Env", "environ.FileAwareEnv", "environs.Env", "decouple.AutoConfig")
CONFIG = ("decouple.config", "prettyconf.config", "starlette.config.Config")
DEMANDED = "os.environ[]"  # these calls raise an error if it isn't set
OPTIONAL = ("os.environ.get", "os.getenv")  # and these ways return None
TRUE = ("true", "1", "yes", "on", "y", "t")
NO_DEFAULT = object()


def is_reader(path: str) -> bool:
    """Return whether calling `path` reads a variable: "os.getenv", or a method of an Env."""
    if path in READERS or path in CONFIG:
        return True
    return any(path == f"{name}()" or path.startswith(f"{name}().") for name in FACTORIES)


def read(path: str, args: list, kwargs: dict, variables: Mapping[str, str]) -> object:
    """Return what the reader `path` returns with these arguments and `variables`."""
    name = args[0] if args else kwargs.get("var", kwargs.get("key"))
    if not isinstance(name, str):
        return Unknown()
    cast = _cast(path, kwargs)
    if name in variables:
        return _converted(variables[name], cast)
    default = _default(path, args, kwargs)
    if default is NO_DEFAULT:
        return Unknown((name,), () if path in OPTIONAL else (name,))
    if not is_known(default):
        return default
    return _converted(default, cast) if isinstance(default, str) else default


def _default(path: str, args: list, kwargs: dict) -> object:
    if "default" in kwargs:
        return kwargs["default"]
    if len(args) > 1:
        is_env = any(path.startswith(name) for name in FACTORIES[:2])
        if is_env and path.endswith("()"):
            return args[2] if len(args) > 2 else NO_DEFAULT  # env(name, cast, default)
        return args[1]
    return NO_DEFAULT


def _cast(path: str, kwargs: dict) -> str:
    method = path.rpartition(".")[2]
    if method in ("bool", "int", "float", "list", "tuple", "json", "dict", "db", "db_url", "cache"):
        return method
    cast = kwargs.get("cast")
    return str(getattr(cast, "path", "")).rpartition(".")[2].removesuffix("()").lower()


def _converted(text: object, cast: str) -> object:
    if not isinstance(text, str):
        return text
    try:
        if cast == "bool":
            return text.strip().lower() in TRUE
        if cast in ("int", "float"):
            return int(text) if cast == "int" else float(text)
        if cast in ("list", "tuple", "csv"):
            return [part.strip() for part in text.split(",") if part.strip()]
        if cast == "json":
            return json.loads(text)
    except ValueError:
        return Unknown()
    return Unknown() if cast in ("dict", "db", "db_url", "cache") else text

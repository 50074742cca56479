"""CHANNEL_LAYERS: can each layer be created as configured, and is it reliable?"""

import ast
import difflib
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from channels_doctor.finding import Finding, Place, finding
from channels_doctor.rules import default_layer, entries, other_layers, variables
from channels_doctor.rules.context import Context
from channels_doctor.rules.redis_hosts import host_shape, hosts
from channels_doctor.source.settings import Settings

BESIDE = {
    "hosts", "options", "location", "prefix", "capacity", "expiry", "group_expiry", "config",
    "channel_capacity", "symmetric_encryption_keys", "serializer_format", "password",
}  # fmt: skip
PATHS = [
    "channels.layers.InMemoryChannelLayer",
    "channels_redis.core.RedisChannelLayer",
    "channels_redis.pubsub.RedisPubSubChannelLayer",
]


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the settings of the layers."""
    if context.facts.get("layers") is None or not context.imports_channels_4:
        return
    yield from default_layer.check(context)
    if "BACKEND" in context.facts["layers"]["entries"]:
        return  # what's below it aren't layers
    told = [
        found for alias, entry in context.layers.items() for found in _entry(context, alias, entry)
    ]
    yield from told
    yield from other_layers.check(context, told)
    yield from hosts.shared(context)


def check_source(context: Context) -> Iterator[Finding]:
    """P09 from the source alone, for settings that haven't been loaded."""
    for module in context.tree:
        settings = Settings(context.tree, module.file, [])
        layers = settings.find("CHANNEL_LAYERS")
        for alias, entry in _texts_and_values(layers.value if layers else None):
            keys = [key for key, _ in _texts_and_values(entry)]
            yield from _ignored_keys(settings, alias, keys)


def _texts_and_values(node: ast.AST | None) -> list[tuple[str, ast.AST]]:
    """Return the keys of a dict that are written as strings, and their values."""
    if not isinstance(node, ast.Dict):
        return []
    pairs = zip(node.keys, node.values, strict=True)
    return [
        (key.value, value)
        for key, value in pairs
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    ]


def beside(entry: dict) -> str:
    """Return the first key of `entry` that belongs inside its CONFIG, or ""."""
    return next(iter(_beside_config(entry["keys"])), "")


def _beside_config(keys: Iterable[str]) -> list[str]:
    return [key for key in keys if key.lower() in BESIDE and key != "CONFIG"]


def _ignored_keys(settings: Settings, alias: str, keys: list[str]) -> Iterator[Finding]:
    """P09: keys that belong into CONFIG."""
    for key in _beside_config(keys):
        is_misnamed = "CONFIG" not in keys and key.lower() in ("options", "config")
        what = f"{key} is next to CONFIG, where nothing reads it."
        if is_misnamed:
            what = f"The key is called CONFIG, not {key}, so its content is ignored."
        found = settings.find("CHANNEL_LAYERS", alias, key)
        yield finding(
            "P09",
            what,
            settings.place("CHANNEL_LAYERS", alias, key),
            fix="Call it `CONFIG`." if is_misnamed else "",
            change=found.instead(key, "CONFIG") if is_misnamed and found else None,
        )


def _entry(context: Context, alias: str, entry: dict) -> Iterator[Finding]:
    settings = context.settings
    written = partial(settings.find, "CHANNEL_LAYERS", alias)
    place = partial(settings.place, "CHANNEL_LAYERS", alias)
    ignored = _beside_config(entry["keys"])
    yield from _ignored_keys(settings, alias, entry["keys"])
    if entries.is_not_required(context, entry["backend"]):
        yield entries.missing_package(alias, entry["backend"], place("BACKEND"))
    if entry["backend"] is not None and entry.get("import_error"):
        yield _no_backend(context, alias, entry, place("BACKEND"), written("BACKEND"))
        if entry.get("connections"):  # what would be wrong next
            planned = {**entry, "kind": entry["planned"]}
            yield from hosts.check(context, alias, planned, place, written)
    elif fault := _no_layer(alias, entry, place):
        yield fault
    elif entry.get("kind", "other") != "other":
        hidden = bool(ignored) and "hosts" not in entry["config_keys"]
        yield from _made(context, alias, entry, place, written, hidden)


def _no_layer(alias: str, entry: dict, place: Callable[..., Place]) -> Finding | None:
    """P04, or P10 for its CONFIG: no layer can be created from the entry `alias`."""
    backend = entry["backend"]
    if backend is None:
        return finding(
            "P04", f"The layer {alias} has no BACKEND.", place(), case="no-backend",
            values={"alias": alias}, fix=f"Add `\"BACKEND\": \"{PATHS[1]}\"`.",
        )  # fmt: skip
    if "not_callable" in entry:
        return finding(
            "P04", f"{backend} is a {entry['not_callable']}, not a class.",
            place("BACKEND"), case="module", values={"kind": entry["not_callable"]},
        )  # fmt: skip
    if not entry.get("is_layer", True):
        return finding(
            "P04", f"{backend} isn't a channel layer.", place("BACKEND"),
            values={"backend": backend, "alias": alias},
        )  # fmt: skip
    kind = entry["config_type"]
    if kind != "dict":
        return finding(
            "P10", f"CONFIG is a {kind}, not a dict.", place("CONFIG"),
            values={"complaint": f"{backend}() argument after ** must be a mapping, not {kind}"},
        )  # fmt: skip
    return None


def _no_backend(context, alias, entry, place, written) -> Finding:
    backend = entry["backend"]
    package = backend.partition(".")[0]
    change, fix = None, ""
    if context.facts["modules"].get(package) is False:
        what = f"The package {package} is not installed for {context.project.python}."
        fix = f"Install it there: `pip install {package}`."
    else:
        what = f"There is no {backend}."
        near = difflib.get_close_matches(backend, PATHS, n=1, cutoff=0.7)
        if near:
            what += f" Did you mean {near[0]}?"
            change = written.instead(backend, near[0]) if written else None
    return finding(
        "P04",
        what,
        place,
        values={"backend": backend, "alias": alias},
        fix=fix,
        change=change,
    )


def _made(context, alias, entry, place, written, hidden) -> Iterator[Finding]:
    yield from _not_heeded(entry, place)
    error = entry.get("build_error")
    if error and alias not in variables.unset_hosts(context):
        yield _not_made(context, alias, entry, error, place, written)
    if error:
        return
    if entry["kind"] == "memory":
        if not context.facts["debug"] and default_layer.uses_default(context):
            yield finding(
                "P11",
                f"DEBUG is off, but the layer {alias} is in the memory of one process.",
                place("BACKEND"),
                severity="note" if context.facts.get("debug_is_chosen") else "",
                condition="as soon as a second process serves or sends",
            )
        return
    if not hidden:  # what is used instead is no choice of theirs
        yield from hosts.check(context, alias, entry, place, written)


def _not_heeded(entry: dict, place: Callable[..., Place]) -> Iterator[Finding]:
    """P28 and P10: keys of CONFIG that this kind of layer doesn't use."""
    if entry["kind"] == "memory" and entry["channel_capacity"]:
        yield finding(
            "P28",
            "The in-memory layer cannot use channel_capacity.",
            place("CONFIG", "channel_capacity"),
        )
    unknown = entry.get("unknown_keys")
    if unknown:
        yield finding(
            "P10",
            f"The pubsub layer does not know {', '.join(unknown)}, and ignores it.",
            place("CONFIG", unknown[0]),
            case="pubsub",
            severity="warning",
            condition="if you rely on that setting",
        )


def _not_made(context, alias, entry, error, place, written) -> Finding:
    text = error["text"]
    if "symmetric_encryption_keys must be" in text:
        found = written("CONFIG", "symmetric_encryption_keys")
        source = found.source(found.value) if found else ""
        change = found.instead(f": {source}", f": [{source}]") if found else None
        return finding(
            "P47", "symmetric_encryption_keys is a single key, but it has to be a list of keys.",
            place("CONFIG", "symmetric_encryption_keys"), change=change,
        )  # fmt: skip
    if "cryptography" in text:
        return finding(
            "P47", "symmetric_encryption_keys needs the package cryptography.",
            place("CONFIG", "symmetric_encryption_keys"), case="missing",
            fix="Install it: `pip install cryptography`.",
        )  # fmt: skip
    if error["type"] == "TypeError" and "unexpected keyword argument" in text:
        key = entries.unknown_key(text)
        return entries.key_that_is_not_known(entry["backend"], text, place("CONFIG", key))
    return host_shape.wrong_shape(alias, entry, error, place, written)

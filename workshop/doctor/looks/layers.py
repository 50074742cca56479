"""CHANNEL_LAYERS: is there a default layer, can it be made, will it hold?"""

import ast
import difflib
from collections.abc import Iterator

from workshop.doctor.context import Context
from workshop.doctor.finding import Finding, finding
from workshop.doctor.looks import hosts
from workshop.doctor.source.tree import dotted

BESIDE = {
    "hosts", "options", "location", "prefix", "capacity", "expiry", "group_expiry", "config",
    "channel_capacity", "symmetric_encryption_keys", "serializer_format", "password",
}  # fmt: skip
PATHS = [
    "channels.layers.InMemoryChannelLayer",
    "channels_redis.core.RedisChannelLayer",
    "channels_redis.pubsub.RedisPubSubChannelLayer",
]


def look(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the settings of the layers."""
    if context.facts.get("layers") is None:
        return
    yield from _no_default(context)
    for alias, entry in context.layers.items():
        yield from _entry(context, alias, entry)
    yield from hosts.shared(context)


def _uses_default(context: Context) -> str:
    """Return how the project uses the default layer: "layer", "groups" or "" where it does not."""
    aliases = {
        one.name for one in context.consumers if _class_value(one, "channel_layer_alias") is not None
    }
    for one in context.consumers:
        groups = _class_value(one, "groups")
        if isinstance(groups, (ast.List, ast.Tuple)) and groups.elts and one.name not in aliases:
            return "groups"
    for call in context.calls:
        owner = next(
            (
                one
                for one in context.consumers
                if any(node is call.function for _, node in one.methods.values())
            ),
            None,
        )
        if not (owner and owner.name in aliases):
            return "" if _names_an_alias(call) else "layer"
    return ""


def _class_value(consumer, name: str):
    for node in consumer.node.body:
        if isinstance(node, ast.Assign) and name in map(dotted, node.targets):
            return node.value
    return None


def _names_an_alias(call) -> bool:
    return any(
        isinstance(node, ast.Call) and dotted(node.func).endswith("get_channel_layer") and node.args
        for node in ast.walk(call.module.tree)
    )


def _no_default(context: Context) -> Iterator[Finding]:
    """P07."""
    layers = context.facts["layers"]
    entry = layers["entries"].get("default")
    if entry and entry["type"] == "dict":
        return
    used = _uses_default(context)
    if not used:
        return
    settings = context.settings
    place, change, mend = settings.place("CHANNEL_LAYERS"), None, ""
    names = context.facts["names"]
    if "CHANNEL_LAYERS" not in names:
        near = difflib.get_close_matches("CHANNEL_LAYERS", names, n=1, cutoff=0.85)
        what = "CHANNEL_LAYERS is not set, and your code uses a channel layer."
        if near and (written := settings.find(near[0])):
            what = f"The setting is called CHANNEL_LAYERS, not {near[0]}."
            place, change = written.place, written.instead(near[0], "CHANNEL_LAYERS")
    elif layers["type"] != "dict":
        what = f"CHANNEL_LAYERS is a {layers['type']}, and has to be a dict."
    elif "BACKEND" in layers["entries"]:
        what = "CHANNEL_LAYERS holds BACKEND itself: an entry called default is missing around it."
        mend = 'Wrap what is there: `CHANNEL_LAYERS = {"default": {"BACKEND": …}}`.'
    elif entry:
        what = f"CHANNEL_LAYERS['default'] is a {entry['type']}, and has to be a dict."
    else:
        known = list(layers["entries"])
        what = f"CHANNEL_LAYERS has no entry called default (it has: {', '.join(known) or 'none'})."
        near = [one for one in known if one.lower() == "default"]
        if near and (written := settings.find("CHANNEL_LAYERS", near[0])):
            place, change = written.place, written.instead(near[0], "default")
    case = "groups" if used == "groups" else ""
    yield finding("P07", what, place, case=case, mend=mend, change=change)


def _entry(context: Context, alias: str, entry: dict) -> Iterator[Finding]:
    settings = context.settings

    def written(*keys):
        return settings.find("CHANNEL_LAYERS", alias, *keys)

    def place(*keys):
        return settings.place("CHANNEL_LAYERS", alias, *keys)

    beside = [key for key in entry["keys"] if key.lower() in BESIDE and key != "CONFIG"]
    for key in beside:
        fits = "CONFIG" not in entry["keys"] and key.lower() in ("options", "config")
        found = written(key)
        yield finding(
            "P09",
            f"{key} stands beside CONFIG, where nobody reads it." if not fits
            else f"The key is called CONFIG, not {key}: what it holds is not read.",
            place(key),
            mend="" if not fits else "Call it `CONFIG`.",
            change=found.instead(key, "CONFIG") if fits and found else None,
        )  # fmt: skip
    if entry["backend"] is None:
        yield finding(
            "P04", f"The layer {alias} has no BACKEND.", place(), case="no-backend",
            fill={"default": alias}, mend=f"Add `\"BACKEND\": \"{PATHS[1]}\"`.",
        )  # fmt: skip
    elif entry.get("import_error"):
        yield _no_backend(context, alias, entry, place("BACKEND"), written("BACKEND"))
    elif not entry.get("is_layer", True):
        yield finding(
            "P04", f"{entry['backend']} is no channel layer.", place("BACKEND"),
            fill={PATHS[1]: entry["backend"], "default": alias},
        )  # fmt: skip
    elif entry["config_type"] != "dict":
        yield finding("P10", f"CONFIG is a {entry['config_type']}, not a dict.", place("CONFIG"))
    elif entry.get("kind", "other") != "other":
        yield from _made(context, alias, entry, place, written)


def _no_backend(context, alias, entry, place, written) -> Finding:
    backend = entry["backend"]
    package = backend.partition(".")[0]
    change, mend = None, ""
    if context.facts["modules"].get(package) is False:
        what = f"The package {package} is not installed for {context.project.python}."
        mend = f"Install it there: `pip install {package}`."
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
        fill={PATHS[1]: backend, "for default": f"for {alias}"},
        mend=mend,
        change=change,
    )


def _made(context, alias, entry, place, written) -> Iterator[Finding]:
    kind, error = entry["kind"], entry.get("build_error")
    if kind == "memory" and entry["channel_capacity"]:
        yield finding("P28", "The in-memory layer cannot use channel_capacity.", place("CONFIG", "channel_capacity"))
    unknown = entry.get("unknown_keys")
    if unknown:
        yield finding(
            "P10",
            f"The pubsub layer does not know {', '.join(unknown)}, and ignores it.",
            place("CONFIG", unknown[0]),
            case="pubsub",
            severity="warning",
            condition="where you rely on what it should set",
        )
    if error:
        yield _not_made(context, alias, entry, error, place, written)
        return
    if kind == "memory":
        if not context.facts["debug"] and _uses_default(context):
            yield finding(
                "P11",
                f"DEBUG is off, and the layer {alias} lives in the memory of one process.",
                place("BACKEND"),
                condition="as soon as a second process serves or sends",
            )
        return
    yield from hosts.look(context, alias, entry, place, written)


def _not_made(context, alias, entry, error, place, written) -> Finding:
    text = error["text"]
    name = entry["backend"].rpartition(".")[2]
    if "symmetric_encryption_keys must be" in text:
        found = written("CONFIG", "symmetric_encryption_keys")
        source = found.source(found.value) if found else ""
        change = found.instead(f": {source}", f": [{source}]") if found else None
        return finding(
            "P47", "symmetric_encryption_keys is one key, and has to be a list of keys.",
            place("CONFIG", "symmetric_encryption_keys"), change=change,
        )  # fmt: skip
    if "cryptography" in text:
        return finding(
            "P47", "symmetric_encryption_keys needs the package cryptography.",
            place("CONFIG", "symmetric_encryption_keys"), case="missing",
            mend="Install it: `pip install cryptography`.",
        )  # fmt: skip
    if error["type"] == "TypeError" and "unexpected keyword argument" in text:
        key = text.rpartition("argument ")[2].strip("'")
        return finding(
            "P10",
            f"{name} does not know {key}.",
            place("CONFIG", key),
            fill={"RedisChannelLayer.__init__() got an unexpected keyword argument 'LOCATION'": text},
        )
    return hosts.wrong_shape(alias, entry, error, place, written)



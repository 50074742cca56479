"""CHANNEL_LAYERS: can each layer be made as it is written, and will it hold?"""

import difflib
from collections.abc import Iterator

from workshop.doctor.context import Context
from workshop.doctor.finding import Finding, finding
from workshop.doctor.looks import default_layer, host_shape, hosts

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
    yield from default_layer.look(context)
    if "BACKEND" in context.facts["layers"]["entries"]:
        return  # what is below it are no layers
    for alias, entry in context.layers.items():
        yield from _entry(context, alias, entry)
    yield from hosts.shared(context)


def beside(entry: dict) -> str:
    """Return the first key of `entry` that belongs into its CONFIG, or ""."""
    return next((key for key in entry["keys"] if key.lower() in BESIDE and key != "CONFIG"), "")


def _entry(context: Context, alias: str, entry: dict) -> Iterator[Finding]:
    settings = context.settings

    def written(*keys):
        return settings.find("CHANNEL_LAYERS", alias, *keys)

    def place(*keys):
        return settings.place("CHANNEL_LAYERS", alias, *keys)

    ignored = [key for key in entry["keys"] if key.lower() in BESIDE and key != "CONFIG"]
    for key in ignored:
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
        if entry.get("connections"):  # what would be wrong next
            planned = {**entry, "kind": entry["planned"]}
            yield from hosts.look(context, alias, planned, place, written)
    elif "not_callable" in entry:
        yield finding(
            "P04", f"{entry['backend']} is a {entry['not_callable']}, not a class.",
            place("BACKEND"), case="module", fill={"'module'": repr(entry["not_callable"])},
        )  # fmt: skip
    elif not entry.get("is_layer", True):
        yield finding(
            "P04", f"{entry['backend']} is no channel layer.", place("BACKEND"),
            fill={PATHS[1]: entry["backend"], "default": alias},
        )  # fmt: skip
    elif entry["config_type"] != "dict":
        yield finding("P10", f"CONFIG is a {entry['config_type']}, not a dict.", place("CONFIG"))
    elif entry.get("kind", "other") != "other":
        hidden = bool(ignored) and "hosts" not in entry["config_keys"]
        yield from _made(context, alias, entry, place, written, hidden)


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


def _made(context, alias, entry, place, written, hidden) -> Iterator[Finding]:
    kind, error = entry["kind"], entry.get("build_error")
    if kind == "memory" and entry["channel_capacity"]:
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
            condition="where you rely on what it should set",
        )
    if error:
        yield _not_made(context, alias, entry, error, place, written)
        return
    if kind == "memory":
        if not context.facts["debug"] and default_layer.uses_default(context):
            yield finding(
                "P11",
                f"DEBUG is off, and the layer {alias} lives in the memory of one process.",
                place("BACKEND"),
                condition="as soon as a second process serves or sends",
            )
        return
    if not hidden:  # what is used instead is no choice of theirs
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
            fill={
                "RedisChannelLayer.__init__() got an unexpected keyword argument 'LOCATION'": text
            },
        )
    return host_shape.wrong_shape(alias, entry, error, place, written)

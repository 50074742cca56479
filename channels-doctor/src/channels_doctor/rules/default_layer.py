"""Is there a default layer if the code uses one?"""

import ast
import difflib
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.rules.context import Context
from channels_doctor.source.tree import dotted

MEANT = "CHANNEL_LAYERS"


def check(context: Context) -> Iterator[Finding]:
    """P07."""
    layers = context.facts["layers"]
    entry = layers["entries"].get("default")
    is_told = context.facts.get("complete", True) or "CHANNEL_LAYERS" in context.facts["names"]
    if not is_told or "unknown" in (layers["type"], (entry or {}).get("type")):
        return
    if entry and entry["type"] == "dict":
        return
    used = uses_default(context)
    names = context.facts["names"]
    if not used:
        yield from _misspelt(context, names)
        return
    case = "groups" if used == "groups" else ""
    if "CHANNEL_LAYERS" not in context.facts["names"]:
        yield _not_set(context, case)
    elif layers["type"] == "dict" and "BACKEND" not in layers["entries"] and not entry:
        yield _no_entry(context, case)
    else:
        yield _wrong_shape(context, case)


def _not_set(context: Context, case: str) -> Finding:
    near = difflib.get_close_matches("CHANNEL_LAYERS", context.facts["names"], n=1, cutoff=0.85)
    written = context.settings.find(near[0]) if near else None
    if written is None:
        what = "CHANNEL_LAYERS is not set, but your code uses a channel layer."
        return finding("P07", what, context.settings.place("CHANNEL_LAYERS"), case=case)
    what = f"The setting is called CHANNEL_LAYERS, not {near[0]}."
    change = written.instead(near[0], "CHANNEL_LAYERS")
    return finding("P07", what, written.place, case=case, change=change)


def _no_entry(context: Context, case: str) -> Finding:
    known = list(context.facts["layers"]["entries"])
    what = f"CHANNEL_LAYERS has no entry called default (it has: {', '.join(known) or 'none'})."
    near = [alias for alias in known if alias.lower() == "default"]
    written = context.settings.find("CHANNEL_LAYERS", near[0]) if near else None
    if written is None:
        return finding("P07", what, context.settings.place("CHANNEL_LAYERS"), case=case)
    change = written.instead(near[0], "default")
    return finding("P07", what, written.place, case=case, change=change)


def _wrong_shape(context: Context, case: str) -> Finding:
    """Return the finding of a setting, or of a default entry in it, that isn't a dict of dicts."""
    layers = context.facts["layers"]
    fix = ""
    if layers["type"] != "dict":
        what = f"CHANNEL_LAYERS is a {layers['type']}, but it has to be a dict."
    elif "BACKEND" in layers["entries"]:
        what = "CHANNEL_LAYERS contains BACKEND directly, without an entry called default."
        fix = 'Wrap what is there: `CHANNEL_LAYERS = {"default": {"BACKEND": …}}`.'
    else:
        kind = layers["entries"]["default"]["type"]
        what = f"CHANNEL_LAYERS['default'] is a {kind}, but it has to be a dict."
    return finding("P07", what, context.settings.place("CHANNEL_LAYERS"), case=case, fix=fix)


def _misspelt(context: Context, names: list[str]) -> Iterator[Finding]:
    """P07, before any code uses a layer: the setting's name is nearly right."""
    near = [] if "CHANNEL_LAYERS" in names else difflib.get_close_matches(MEANT, names, 1, 0.92)
    written = context.settings.find(near[0]) if near else None
    if written:
        yield finding(
            "P07",
            f"The setting is called {MEANT}, not {near[0]}.",
            written.place,
            severity="warning",
            condition="as soon as your code uses a layer",
            change=written.instead(near[0], MEANT),
        )


def uses_default(context: Context) -> str:
    """Return how the project uses the default layer: "layer", "groups" or "" if it doesn't."""
    aliases = {
        consumer.name
        for consumer in context.consumers
        if _class_value(consumer, "channel_layer_alias") is not None
    }
    for consumer in context.consumers:
        groups = _class_value(consumer, "groups")
        if (
            isinstance(groups, (ast.List, ast.Tuple))
            and groups.elts
            and consumer.name not in aliases
        ):
            return "groups"
    for call in context.calls:
        owner = next(
            (
                consumer
                for consumer in context.consumers
                if any(node is call.function for _, node in consumer.methods.values())
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

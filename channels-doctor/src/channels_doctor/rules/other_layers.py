"""Layers that the settings choose elsewhere: in another branch, or in settings next to these."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from channels_doctor.finding import Finding, Place, finding
from channels_doctor.rules.context import Context
from channels_doctor.source.settings import Written, below
from channels_doctor.source.tree import Module, dotted
from channels_doctor.static import layers as written_layers
from channels_doctor.static.requirements import numbers
from channels_doctor.static.values import Bound

SETTING = "CHANNEL_LAYERS"
SPECIAL = re.compile(r"socket_timeout|sentinel|master_name|connection_class")
OF_SETTINGS = re.compile(r"^\s*INSTALLED_APPS\b|import \*", re.M)
FOR_TESTS = re.compile(r"(?:^|[/_])(?:tests?|testing|ci)(?:_settings)?\.py$")
ELSEWHERE = "where the settings choose this layer"
WITH_NEW = "with redis-py 8, which pip installs unless you pin an older one"


def check(context: Context, told: list[Finding]) -> Iterator[Finding]:
    """Yield P01, P04 and P10 of such layers, unless they were `told` of the layer in use."""
    known = {one.id for one in told}
    for written in _assigned(context):
        for alias, entry in _entries(context, written).items():
            if told and _is_in_use(context, alias, entry):
                continue  # what comes first is told already
            for found in _entry(context, written, alias, entry):
                if found.id not in known:
                    known.add(found.id)
                    yield found


def _assigned(context: Context) -> Iterator[Written]:
    """Yield each value that the settings may give to CHANNEL_LAYERS."""
    for module in _modules(context):
        for node in _statements(module.tree.body):
            if isinstance(node, ast.Assign) and SETTING in map(dotted, node.targets):
                values = [node.value]
                if isinstance(node.value, ast.IfExp):
                    values = [node.value.body, node.value.orelse]
                yield from (Written(module, module.place(value), value) for value in values)


def _modules(context: Context) -> list[Module]:
    """Return the settings' modules, and those of other settings in the same folder."""
    folder = context.settings.main.rpartition("/")[0]
    found = list(context.settings.modules)
    for module in context.tree:
        is_near = module.file.rpartition("/")[0] == folder and SETTING in module.text
        if is_near and OF_SETTINGS.search(module.text) and not FOR_TESTS.search(module.file):
            found += [] if module in found else [module]
    return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements in `body` and its branches, without those that never run."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and not isinstance(node.test, ast.Constant):
            yield from _statements([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            handled = [part for handler in node.handlers for part in handler.body]
            yield from _statements([*node.body, *handled, *node.orelse, *node.finalbody])


def _entries(context: Context, written: Written) -> dict[str, dict]:
    value = context.modules.evaluated(written.module, written.value)
    facts = written_layers.facts(Bound(value, written.module, written.value), context.pins)
    return {alias: entry for alias, entry in facts["entries"].items() if entry["type"] == "dict"}


def _entry(context: Context, written: Written, alias: str, entry: dict) -> Iterator[Finding]:
    from channels_doctor.rules.layers import missing_package, not_required

    if entry.get("kind") not in ("core", "pubsub"):
        return
    place = below(written, (alias, "BACKEND")).place
    condition = "" if _is_in_use(context, alias, entry) else ELSEWHERE
    if not_required(context, entry["backend"]):
        yield _only(missing_package(alias, entry["backend"], place), condition)
    error = entry.get("build_error", {})
    if "unexpected keyword argument" in error.get("text", ""):
        yield _only(_unknown_key(written, alias, entry, error["text"]), condition)
    elif entry["kind"] == "core" and _is_cut_off(context):
        yield _only(_idle(context, below(written, (alias, "CONFIG", "hosts")).place), condition)


def _is_in_use(context: Context, alias: str, entry: dict) -> bool:
    used = context.layers.get(alias, {})
    return used.get("kind") == entry["kind"] and used.get("config_keys") == entry["config_keys"]


def _only(found: Finding, condition: str) -> Finding:
    """Return `found` as a warning, with one more `condition`."""
    conditions = [part for part in (found.condition, condition) if part]
    return replace(found, severity="warning", condition=", ".join(conditions))


def _unknown_key(written: Written, alias: str, entry: dict, text: str) -> Finding:
    name, key = entry["backend"].rpartition(".")[2], text.rpartition("argument ")[2].strip("'")
    return finding(
        "P10",
        f"{name} does not know {key}.",
        below(written, (alias, "CONFIG", key)).place,
        values={"complaint": text},
    )


def _is_cut_off(context: Context) -> bool:
    """Return whether redis-py stops reading before the layer has stopped waiting."""
    if any(SPECIAL.search(module.text) for module in _modules(context)):
        return False
    if context.demands_below("redis", 8) or context.demands_below("channels_redis", 4):
        return False
    version = context.facts.get("versions", {}).get("redis", "")
    if version:
        return numbers(version) >= (8,)
    redis = context.pins.get("redis")
    return "channels_redis" in context.pins and not (redis and redis.is_below(8))


def _idle(context: Context, place: Place) -> Finding:
    return finding(
        "P01",
        "redis-py stops reading after 5 s since version 8, and the layer waits 5 s.",
        place,
        condition="" if context.facts.get("versions", {}).get("redis") else WITH_NEW,
        values={"address": "127.0.0.1:6379"},
    )

"""Layers that the settings choose elsewhere: in another branch, or in settings next to these."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from channels_doctor.finding import Finding, Place, finding
from channels_doctor.rules import entries
from channels_doctor.rules.context import Context
from channels_doctor.rules.redis_hosts import hosts
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


def check(context: Context, told: list[Finding]) -> Iterator[Finding]:
    """Yield P01, P04 and P10 for such layers, unless the layer in use already has that finding.

    The findings about the layer in use are `told`.
    """
    known = {found.id for found in told}
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
    if entry.get("kind") not in ("core", "pubsub"):
        return
    place = below(written, (alias, "BACKEND")).place
    condition = "" if _is_in_use(context, alias, entry) else ELSEWHERE
    if entries.is_not_required(context, entry["backend"]):
        yield _only(entries.missing_package(alias, entry["backend"], place), condition)
    error = entry.get("build_error", {}).get("text", "")
    if "unexpected keyword argument" in error:
        place = below(written, (alias, "CONFIG", entries.unknown_key(error))).place
        yield _only(entries.key_that_is_not_known(entry["backend"], error, place), condition)
    elif entry["kind"] == "core" and _is_cut_off(context):
        yield _only(_idle(context, below(written, (alias, "CONFIG", "hosts")).place), condition)


def _is_in_use(context: Context, alias: str, entry: dict) -> bool:
    used = context.layers.get(alias, {})
    return used.get("kind") == entry["kind"] and used.get("config_keys") == entry["config_keys"]


def _only(found: Finding, condition: str) -> Finding:
    """Return `found` as a warning, with one more `condition`."""
    conditions = [part for part in (found.condition, condition) if part]
    return replace(found, severity="warning", condition=", ".join(conditions))


def _is_cut_off(context: Context) -> bool:
    """Return whether redis-py stops reading before the layer has stopped waiting."""
    if any(SPECIAL.search(module.text) for module in _modules(context)):
        return False
    if hosts.requires_older_packages(context):
        return False
    version = context.facts.get("versions", {}).get("redis", "")
    if version:
        return numbers(version) >= (8,)
    redis = context.pins.get("redis")
    return "channels_redis" in context.pins and not (redis and redis.is_below(8))


def _idle(context: Context, place: Place) -> Finding:
    return finding(
        "P01",
        hosts.SINCE_8.format(timeout=5, waits=5),
        place,
        condition="" if context.facts.get("versions", {}).get("redis") else hosts.WITH_8,
        values={"address": "127.0.0.1:6379"},
    )

"""What is measured: the finished app as it is shipped, and what people would pick instead."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from workshop.errors import UsageError

SERVERS = ("daphne", "uvicorn")
LAYERS = ("memory", "core", "pubsub")
RIVALS = ("step-05", "starlette", "websockets", "socketio", "ws")
NODE_RIVALS = ("socketio", "ws")
OF_STEP = "05-template"


@dataclass(frozen=True)
class Target:
    """One thing to measure: an app, and where it is ours, on which server and channel layer."""

    app: str
    server: str = ""
    layer: str = ""

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.app, self.server, self.layer)))

    @property
    def dialect(self) -> str:
        return {"final": "final", "step-05": "step", "socketio": "socketio"}.get(self.app, "plain")

    @property
    def is_ours(self) -> bool:
        return self.app in ("final", "step-05")


@dataclass(frozen=True)
class LeftOut:
    """A target that cannot be measured here, and why."""

    name: str
    why: str


def choose(servers: str, layers: str, against: str) -> list[Target]:
    """Return the targets that the three lists of names ask for; the first is the measure.

    Checkpoint 05 runs as it is shipped, on daphne and the core layer. Raises UsageError for a name
    that is not known.
    """
    rivals = [_rival(name) for name in _names(against, RIVALS, "against")]
    ours = [
        Target("final", server, layer)
        for server in _names(servers, SERVERS, "servers")
        for layer in _names(layers, LAYERS, "layers")
    ]
    return [*rivals[:1], *ours, *rivals[1:]]


def missing(target: Target) -> str:
    """Return why `target` cannot run here, or nothing."""
    if target.app in NODE_RIVALS and not (shutil.which("node") and shutil.which("npm")):
        return "Node.js is not installed"
    needed = target.server or {"starlette": "starlette", "websockets": "websockets"}.get(target.app)
    if needed and not find_spec(needed):
        return f"the package {needed} is not installed"
    return ""


def sort_out(targets: Sequence[Target]) -> tuple[list[Target], list[LeftOut]]:
    """Return the targets that can run here, and those that are left out."""
    reasons = {target: missing(target) for target in targets}
    out = [LeftOut(target.name, why) for target, why in reasons.items() if why]
    return [target for target, why in reasons.items() if not why], out


def _rival(name: str) -> Target:
    return Target("step-05", "daphne", "core") if name == "step-05" else Target(name)


def _names(text: str, known: Sequence[str], option: str) -> list[str]:
    names = list(dict.fromkeys(filter(None, text.replace(" ", "").split(","))))
    for name in names:
        if name not in known:
            there = ", ".join(known)
            raise UsageError(f"--{option} has no {name}. There are: {there}.")
    return names

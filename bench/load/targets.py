"""The targets: the finished app as it's shipped, and its alternatives."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from workshop.base.errors import UsageError
from workshop.base.paths import ROOT

SERVERS = ("daphne", "uvicorn")
LAYERS = ("memory", "core", "pubsub")
RIVALS = ("step-05", "starlette", "websockets", "socketio", "ws")
NODE_RIVALS = ("socketio", "ws")
APPS = {"final": ROOT / "final", "step-05": ROOT / "steps" / "05-template"}
DIALECTS = {"final": "final", "step-05": "step", "socketio": "socketio"}


@dataclass(frozen=True)
class Target:
    """One thing to measure: an app and, if it's ours, its server and channel layer."""

    app: str
    server: str = ""
    layer: str = ""

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.app, self.server, self.layer)))

    @classmethod
    def named(cls, name: str) -> "Target":
        """Return the target that has this name in a record."""
        return cls(*name.split())

    @property
    def dialect(self) -> str:
        return DIALECTS.get(self.app, "plain")

    @property
    def is_ours(self) -> bool:
        return self.app in APPS


@dataclass(frozen=True)
class LeftOut:
    """A target that can't be measured here, and why."""

    name: str
    why: str


def choose(servers: str, layers: str, against: str) -> list[Target]:
    """Return the targets named in three comma-separated lists. The first is the baseline.

    Checkpoint 05 runs as shipped, on daphne and the core layer. Raises UsageError for an
    unknown name.
    """
    rivals = [_rival(name) for name in _names(against, RIVALS, "against")]
    ours = [
        Target("final", server, layer)
        for server in _names(servers, SERVERS, "servers")
        for layer in _names(layers, LAYERS, "layers")
    ]
    return [*rivals[:1], *ours, *rivals[1:]]


def why_missing(target: Target) -> str:
    """Return why `target` can't run here, or an empty string."""
    if target.app in NODE_RIVALS and not (shutil.which("node") and shutil.which("npm")):
        return "Node.js is not installed"
    rival_package = {"starlette": "starlette", "websockets": "websockets"}.get(target.app)
    package = target.server or rival_package
    if package and not find_spec(package):
        return f"the package {package} is not installed"
    return ""


def split_by_availability(targets: Sequence[Target]) -> tuple[list[Target], list[LeftOut]]:
    """Return the targets that can run here, and those that are left out."""
    reasons = {target: why_missing(target) for target in targets}
    left_out = [LeftOut(target.name, why) for target, why in reasons.items() if why]
    return [target for target, why in reasons.items() if not why], left_out


def _rival(name: str) -> Target:
    return Target("step-05", "daphne", "core") if name == "step-05" else Target(name)


def _names(text: str, known: Sequence[str], option: str) -> list[str]:
    names = list(dict.fromkeys(filter(None, text.replace(" ", "").split(","))))
    for name in names:
        if name not in known:
            raise UsageError(f"--{option} has no {name}. There are: {', '.join(known)}.")
    return names

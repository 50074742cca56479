"""All that is known of the project, for the looks to judge."""

import os
from dataclasses import dataclass, field
from functools import cached_property

from workshop.doctor.places import Settings
from workshop.doctor.project import Project
from workshop.doctor.source import calls, consumers, events, scope
from workshop.doctor.source.tree import Tree


@dataclass
class Context:
    """The project, what its settings and its ASGI application told, and its source.

    `facts` and `asgi` are what the probes answered, empty where they could not. `network` says
    whether Redis may be knocked at.
    """

    project: Project
    tree: Tree
    facts: dict = field(default_factory=dict)
    asgi: dict = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    network: bool = True

    @cached_property
    def settings(self) -> Settings:
        main = self.facts.get("settings_file", "")
        return Settings(self.tree, main, self.facts.get("settings_files", []))

    @cached_property
    def consumers(self) -> list[consumers.Consumer]:
        return consumers.find(self.tree)

    @cached_property
    def calls(self) -> list[calls.LayerCall]:
        return calls.layer_calls(self.tree)

    @cached_property
    def events(self) -> list[events.Event]:
        return events.sent(self.calls)

    @cached_property
    def uses(self) -> list[scope.Use]:
        return scope.uses(self.consumers)

    @cached_property
    def layers(self) -> dict[str, dict]:
        """What is configured under each alias; only entries that are dicts."""
        entries = (self.facts.get("layers") or {}).get("entries", {})
        return {alias: one for alias, one in entries.items() if one["type"] == "dict"}

    @property
    def default_kind(self) -> str:
        """The default layer's kind: "memory", "core", "pubsub", "other", or "" without one."""
        return self.layers.get("default", {}).get("kind", "")

    @property
    def uses_channels(self) -> bool:
        apps = self.facts.get("installed_apps", [])
        imported = any(
            path.startswith("channels.") for one in self.tree for path in one.imports.values()
        )
        return imported or has_app(apps, "channels") or has_app(apps, "daphne")

    def has_app(self, name: str) -> bool:
        return has_app(self.facts.get("installed_apps", []), name)

    def variable(self, name: str) -> str:
        return self.variables.get(name) or os.environ.get(name, "")


def has_app(apps: list[str], name: str) -> bool:
    """Return whether `name`, or a configuration of it, is among INSTALLED_APPS."""
    return any(app == name or app.startswith(f"{name}.") for app in apps)

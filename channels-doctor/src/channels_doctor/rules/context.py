"""Everything that's known about the project, for the rules to judge."""

import os
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from channels_doctor.project import DjangoProject
from channels_doctor.source import calls, consumers, events, scope
from channels_doctor.source.settings import Settings
from channels_doctor.source.tree import Tree
from channels_doctor.static import asgi, requirements
from channels_doctor.static import settings as written
from channels_doctor.static.folders import around
from channels_doctor.static.modules import Modules
from channels_doctor.variable_files import variables_in

OLD = ("channels.generic.websockets", "channels.auth.channel_session", "channels.asgi")
OLD += ("channels.auth.http_session", "channels.handler", "channels.sessions.channel_session")
OLD_NAMES = ("channels.routing.route", "channels.routing.route_class", "channels.Group")
OLD_NAMES += ("channels.Channel", "channels.routing.include")
READS_ENV_FILE = re.compile(r"\b(?:load_dotenv|read_env|decouple|dotenv)\b")


@dataclass
class Context:
    """The project, the facts about its settings and ASGI application, and its source.

    `facts` and `asgi` are the probes' answers, or empty if they failed. `network` says whether we
    may connect to Redis.
    """

    project: DjangoProject
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
    def modules(self) -> Modules:
        """The values of the names in the project's source, as far as it shows them."""
        return Modules(self.tree, {**self.in_env_files, **os.environ, **self.variables})

    @cached_property
    def in_env_files(self) -> dict[str, str]:
        """The variables in the project's `.env`, if the project reads such a file."""
        if not any(READS_ENV_FILE.search(module.text) for module in self.tree):
            return {}
        found: dict[str, str] = {}
        for folder in around(self.project.folder, self.project.given):
            for file in (folder / ".env", *(path / ".env" for path in self.settings_folders)):
                if file.is_file():
                    text = file.read_text(encoding="utf-8-sig", errors="replace")
                    found = variables_in(text) | found
        return found

    @property
    def settings_folders(self) -> list[Path]:
        module = self.tree.named(self.project.settings)
        return [(self.tree.folder / module.file).parent] if module else []

    @cached_property
    def pins(self) -> dict[str, requirements.Pin]:
        """The project's requirements for the relevant packages."""
        return requirements.pins(around(self.project.folder, self.project.given))

    @cached_property
    def written_settings(self) -> dict:
        """The facts about the settings, according to their source."""
        name = self.project.settings
        return written.facts(self.tree, self.modules, name, self.pins) if name else {}

    @cached_property
    def written_application(self) -> dict:
        """The facts about the ASGI application, according to its source."""
        path = self.application_path
        facts = self.facts or self.written_settings
        facts = {"allowed_hosts_are_known": bool(facts), **facts}
        return asgi.facts(self.modules, path, facts) if path else {}

    @property
    def application_path(self) -> str:
        """The dotted name of the application that a server imports, or ""."""
        from channels_doctor.rules.asgi import served_path

        return served_path(self)

    @property
    def application_file(self) -> str:
        """The file of the application that a server imports, relative to the tree, or ""."""
        module = self.tree.named(self.application_path.rpartition(".")[0])
        return module.file if module else ""

    @property
    def conflicting_pins(self) -> list[requirements.Pin]:
        """The pins that a borrowed Python's versions don't satisfy."""
        versions = self.facts.get("versions", {})
        return [
            pin
            for name, pin in self.pins.items()
            if name in versions and not pin.allows(versions[name])
        ]

    @property
    def is_borrowed_against_pins(self) -> bool:
        return self.project.borrowed and bool(self.conflicting_pins)

    def demands_below(self, package: str, *version: int) -> bool:
        """Return whether the project requires a `package` older than `version`.

        A version installed in the project's own environment takes precedence over its requirements.
        """
        if not self.project.borrowed and not self.facts.get("from_source"):
            return False
        pin = self.pins.get(package)
        if package == "channels" and (pin is None or not pin.exact):
            return bool(self.generation) and self.generation < version[0]
        return pin is not None and pin.is_below(*version)

    @cached_property
    def generation(self) -> int:
        """The major version of Channels that the project was evidently written for, or 0."""
        django, layer, channels = (
            self.pins.get(name) for name in ("django", "channels_redis", "channels")
        )
        if channels and channels.is_at_least(4):
            return 4
        is_old = any("django.conf.urls.url" in module.imports.values() for module in self.tree)
        is_old = is_old or bool(django and django.is_below(3, 2))
        is_old = is_old or bool(layer and layer.is_below(4))
        is_old = is_old or bool(channels and channels.is_below(4))
        calls_as_asgi = any(".as_asgi(" in module.text for module in self.tree)
        if not is_old:
            return 0 if calls_as_asgi or not self._routes_as_channels_2 else 2
        return 3 if calls_as_asgi or not self.consumers else 2

    @property
    def _routes_as_channels_2(self) -> bool:
        """Whether there's a router, but no Django application that it could pass requests to.

        Django has had one since version 3.0. Channels 2 didn't need it, because it added its own.
        """
        channels = self.pins.get("channels")
        if not self.consumers or (channels and channels.is_at_least(3)):
            return False
        texts = [module.text for module in self.tree]
        return any("ProtocolTypeRouter(" in text for text in texts) and not any(
            "get_asgi_application" in text or "AsgiHandler" in text for text in texts
        )

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
        """The configuration of each alias, limited to entries that are dicts."""
        entries = (self.facts.get("layers") or {}).get("entries", {})
        return {alias: entry for alias, entry in entries.items() if entry["type"] == "dict"}

    @property
    def default_kind(self) -> str:
        """The default layer's kind: "memory", "core", "pubsub", "other", or "" without one."""
        return self.layers.get("default", {}).get("kind", "")

    @property
    def imports_channels_4(self) -> bool:
        """Whether its consumers are written for Channels 2 or later, not for Channels 1."""
        return not any(
            is_of_channels_1(path) for module in self.tree for path in module.imports.values()
        )

    @property
    def uses_channels(self) -> bool:
        apps = self.facts.get("installed_apps", [])
        imported = any(
            path.startswith("channels.") for module in self.tree for path in module.imports.values()
        )
        return imported or has_app(apps, "channels") or has_app(apps, "daphne")

    def has_app(self, name: str) -> bool:
        return has_app(self.facts.get("installed_apps", []), name)

    def variable(self, name: str) -> str:
        return self.variables.get(name) or os.environ.get(name, "")


def is_of_channels_1(path: str) -> bool:
    """Return whether the imported `path` was removed in Channels 2."""
    return path.startswith(OLD) or path in OLD_NAMES


def has_app(apps: list[str], name: str) -> bool:
    """Return whether `name`, or one of its configurations, is in INSTALLED_APPS."""
    return any(app == name or app.startswith(f"{name}.") for app in apps)

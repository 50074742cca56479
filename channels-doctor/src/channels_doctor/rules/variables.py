"""Environment variables that the project needs and that aren't set here."""

from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.rules.context import Context
from channels_doctor.static.values import demanded_by, variables_of


def check(context: Context) -> Iterator[Finding]:
    """Yield the variables that a layer's hosts depend on but that aren't set."""
    for alias, found in unset_hosts(context).items():
        names = [name for name in found if name not in _demanded(context, alias)]
        if not names:
            continue  # the settings don't load without them, and that error names them
        verb = "are" if len(names) > 1 else "is"
        listed = " and ".join(names)
        yield finding(
            "P56",
            f"{listed} {verb} not set in this environment, so the layer {alias} has no host.",
            context.settings.place("CHANNEL_LAYERS", alias, "CONFIG", "hosts"),
            condition="if they aren't set" if len(names) > 1 else "if it isn't set",
            values={"name": names[0]},
        )


def unset_hosts(context: Context) -> dict[str, list[str]]:
    """Return, for each layer, the unset variables that its hosts are read from."""
    hosts = _hosts(context)
    found = {alias: variables_of(value) for alias, value in hosts.items()}
    return {alias: names for alias, names in found.items() if names}


def _demanded(context: Context, alias: str) -> list[str]:
    return demanded_by(_hosts(context)[alias])


def _hosts(context: Context) -> dict[str, object]:
    """Return what the source shows about each layer's hosts."""
    module = context.tree.named(context.project.settings)
    bound = context.modules.names(module).get("CHANNEL_LAYERS") if module else None
    is_sure = bound is not None and bound.certain and isinstance(bound.value, dict)
    layers = bound.value if is_sure else {}
    configs = {
        str(alias): entry.get("CONFIG")
        for alias, entry in layers.items()
        if isinstance(entry, dict)
    }
    return {
        alias: config.get("hosts") for alias, config in configs.items() if isinstance(config, dict)
    }

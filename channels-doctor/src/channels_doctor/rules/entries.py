"""Findings about an entry of CHANNEL_LAYERS, whether the layer is in use or not."""

from channels_doctor.finding import Finding, Place, finding
from channels_doctor.rules.context import Context


def is_not_required(context: Context, backend: object) -> bool:
    """Return whether the project's requirements name Channels, but not the layer's package."""
    is_ours = isinstance(backend, str) and backend.startswith("channels_redis.")
    pins = context.pins
    return bool(
        is_ours
        and context.facts.get("from_source")
        and "channels" in pins
        and "channels_redis" not in pins
    )


def missing_package(alias: str, backend: str, place: Place) -> Finding:
    """P04: the requirements don't include the package that `backend` is in."""
    return finding(
        "P04",
        "The requirements name channels, but not channels_redis, which the layer is in.",
        place,
        severity="warning",
        condition="where only the requirements are installed",
        values={"backend": backend, "alias": alias},
        fix="Add `channels_redis` to the requirements.",
    )


def unknown_key(error: str) -> str:
    """Return the key of CONFIG that a TypeError about a keyword argument complains about."""
    return error.rpartition("argument ")[2].strip("'")


def key_that_is_not_known(backend: str, error: str, place: Place) -> Finding:
    """P10: CONFIG has a key that the layer `backend` doesn't take, as the `error` says."""
    name = backend.rpartition(".")[2]
    return finding(
        "P10",
        f"{name} does not know {unknown_key(error)}.",
        place,
        values={"complaint": error},
    )

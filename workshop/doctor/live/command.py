"""`doctor --live`: the static examination, and a trial of the layers beside it."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from workshop import pitfalls, redis_server
from workshop.doctor import probing
from workshop.doctor.context import Context
from workshop.doctor.examine import Examination, examine
from workshop.doctor.live import diagnosis
from workshop.doctor.live.trial import Trial
from workshop.doctor.looks.reach import answers, is_loopback
from workshop.doctor.project import Project
from workshop.doctor.secrets import masked
from workshop.errors import WorkshopError
from workshop.processes import ended_by_signals

KINDS = {"memory": "in memory", "core": "Redis, core", "pubsub": "Redis, pubsub", "other": "other"}


@dataclass
class Live:
    """What the trial measured, for the reports."""

    trial: Trial | None = None
    remarks: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """Return what happened, a sentence for each layer."""
        return [*self.remarks, *(_sentence(one) for one in self._outcomes())]

    def as_dict(self) -> dict:
        return {
            "remarks": self.remarks,
            "left_behind": self.trial.left_behind if self.trial else None,
            "layers": {
                one.alias: {
                    "kind": one.kind,
                    "delivered": bool(one.times) and not one.over,
                    "round_trip_ms": one.times.get(1),
                    "idle_seconds": one.idle,
                    "after_idle_ms": one.times.get(2),
                }
                for one in self._outcomes()
            },
        }

    def _outcomes(self):
        return self.trial.outcomes.values() if self.trial else []


def _sentence(one) -> str:
    name = f"Layer {one.alias} ({KINDS[one.kind]}): "
    if 2 in one.times:
        return (
            f"{name}a second process reached the first and got its answer in {one.times[1]:.1f} ms;"
            f" after {one.idle} s of silence again, in {one.times[2]:.1f} ms."
        )
    if 1 in one.times:
        return (
            f"{name}the first message arrived ({one.times[1]:.1f} ms), the one after {one.idle} s "
            "of silence did not."
        )
    return f"{name}nothing was delivered from one process to another."


def examine_live(
    project: Project,
    variables: dict[str, str],
    say: Callable[[str], None],
    ask=probing.ask,
) -> Examination:
    """Return the examination of `project`, with what the live trial of its layers showed."""
    live = Live()
    threads, errors = [], []

    def start(context: Context) -> None:
        def work():
            try:
                _try(context, live, say)
            except BaseException as error:
                errors.append(error)

        if _kinds(context):
            threads.append(threading.Thread(target=work, daemon=True))
            threads[0].start()

    with ended_by_signals():
        say("Reading the settings, the ASGI application and the source …")
        found = examine(project, variables, network=False, ask=ask, when_settings_are_known=start)
        for thread in threads:
            thread.join()
    for error in errors:
        raise error
    found.live = live
    if not threads and not found.troubles and found.context.uses_channels:
        live.remarks.append("No layer is configured that could be tried.")
    if live.trial:
        _judge(found, live.trial)
    return found


def _kinds(context: Context) -> dict[str, str]:
    """Return the layers that can be made, and their kinds."""
    return {
        alias: entry["kind"]
        for alias, entry in context.layers.items()
        if entry.get("kind") and "build_error" not in entry and entry.get("is_layer", True)
        and not any(one.get("error") for one in entry.get("connections", []))
        and not (entry.get("kind") == "memory" and entry.get("channel_capacity"))
    }  # fmt: skip


def _try(context: Context, live: Live, say: Callable[[str], None]) -> None:
    with contextlib.ExitStack() as stack:
        variables = dict(context.variables)
        if address := _unserved(context):
            try:
                redis = stack.enter_context(redis_server.running())
            except WorkshopError:
                pass  # then the trial says that nothing answers
            else:
                variables["REDIS_URL"] = redis.url
                live.remarks.append(
                    f"Nothing answers at {address}; since the settings read REDIS_URL, they were "
                    "tried with a private Redis. Start yours before you run the project."
                )
        say("Starting two processes that use the layer …")
        trial = Trial(context.project, _kinds(context), variables)
        trial.run(say)
        live.trial = trial


def _unserved(context: Context) -> str:
    """Return the address where the project would look for Redis and none is, if it may be moved."""
    if not context.settings.mentions("REDIS_URL") or context.variable("REDIS_URL"):
        return ""
    for entry in context.layers.values():
        for one in entry.get("connections", []):
            host, port = one.get("host"), one.get("port")
            if host and port and is_loopback(host) and not answers(host, port):
                return f"{host}:{port}"
    return ""


def _judge(found: Examination, trial: Trial) -> None:
    if trial.setup_error:
        error = trial.setup_error
        text = f"Django does not start with these settings: {error['type']}: {error['text']}"
        found.troubles.append(masked(text))
        return
    if trial.hung:
        found.troubles.append("The two processes did not get ready: the project or Redis hangs.")
        return
    if trial.left_behind:
        found.troubles.append(
            f"{trial.left_behind} keys that begin with {trial.prefix} are still in Redis: "
            "delete them."
        )
    for outcome in trial.outcomes.values():
        shown = list(diagnosis.findings(found.context, outcome))
        found.troubles += diagnosis.unexplained(outcome, shown)
        for one in shown:
            _add(found, one)
    found.sort()


def _add(found: Examination, one) -> None:
    """Add what was seen live; of two findings of one pitfall and place the more severe stays."""
    for number, other in enumerate(found.findings):
        if other.id == one.id and other.place == one.place:
            rank = pitfalls.SEVERITIES.index
            if rank(one.severity) < rank(other.severity):
                found.findings[number] = one
            return
    found.findings.append(one)

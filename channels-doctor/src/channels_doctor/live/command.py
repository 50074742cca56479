"""`doctor --live`: the static examination, plus a trial of the layers."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from channels_doctor import pitfalls, probing
from channels_doctor.errors import DoctorError
from channels_doctor.examination import Examination, examine
from channels_doctor.finding import Finding
from channels_doctor.live import diagnosis, private_redis
from channels_doctor.live.private_redis import FindProgram
from channels_doctor.live.processes import ended_by_signals
from channels_doctor.live.trial import LayerOutcome, LayerTrial
from channels_doctor.project import DjangoProject
from channels_doctor.redaction.secrets import masked
from channels_doctor.rules.context import Context
from channels_doctor.rules.redis_hosts.reach import answers, is_loopback

KINDS = {"memory": "in memory", "core": "Redis, core", "pubsub": "Redis, pubsub", "other": "other"}


@dataclass
class Live:
    """The measurements of the trial, for the reports."""

    trial: LayerTrial | None = None
    remarks: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        """Return sentences about what happened, one for each layer."""
        return [*self.remarks, *(_sentence(outcome) for outcome in self._outcomes())]

    def as_dict(self) -> dict:
        return {
            "remarks": self.remarks,
            "left_behind": self.trial.left_behind if self.trial else None,
            "layers": {
                outcome.alias: {
                    "kind": outcome.kind,
                    "delivered": bool(outcome.times) and not outcome.over,
                    "round_trip_ms": outcome.times.get(1),
                    "idle_seconds": outcome.idle,
                    "after_idle_ms": outcome.times.get(2),
                }
                for outcome in self._outcomes()
            },
        }

    def _outcomes(self):
        return self.trial.outcomes.values() if self.trial else []


def _sentence(outcome: LayerOutcome) -> str:
    name = f"Layer {outcome.alias} ({KINDS[outcome.kind]}): "
    times, idle = outcome.times, outcome.idle
    if 2 in times:
        return (
            f"{name}a second process reached the first one and got an answer in {times[1]:.1f} ms;"
            f" after {idle} s of silence again, in {times[2]:.1f} ms."
        )
    if 1 in times:
        return (
            f"{name}the first message arrived ({times[1]:.1f} ms), the one after {idle} s "
            "of silence did not."
        )
    return f"{name}nothing was delivered from one process to another."


class BackgroundTrial:
    """Tries the layers in a thread as soon as the settings are known, and fills in `live`."""

    def __init__(self, live: Live, say: Callable[[str], None], find_redis: FindProgram):
        self.live = live
        self.say = say
        self.find_redis = find_redis
        self.thread: threading.Thread | None = None
        self.error: BaseException | None = None

    def start(self, context: Context) -> None:
        """Start the thread if the project configures a layer that can be tried."""
        if _kinds(context):
            self.thread = threading.Thread(target=self._run, args=[context], daemon=True)
            self.thread.start()

    def _run(self, context: Context) -> None:
        try:
            _try(context, self.live, self.say, self.find_redis)
        except BaseException as error:
            self.error = error

    def wait(self) -> None:
        if self.thread:
            self.thread.join()

    def raise_error(self) -> None:
        """Raise what went wrong in the thread, if anything did."""
        if self.error is not None:
            raise self.error


def examine_live(
    project: DjangoProject,
    variables: dict[str, str],
    say: Callable[[str], None],
    ask: Callable[..., dict] = probing.ask,
    find_redis: FindProgram = private_redis.find_program,
) -> Examination:
    """Return the examination of `project`, with the results of the live trial of its layers.

    `find_redis` returns the path of a Redis server, which is started if the project needs one.
    """
    live = Live()
    trial = BackgroundTrial(live, say, find_redis)
    with ended_by_signals():
        say("Reading the settings, the ASGI application and the source …")
        start = trial.start
        found = examine(project, variables, network=False, ask=ask, when_settings_are_known=start)
        trial.wait()
    trial.raise_error()
    found.live = live
    if not trial.thread and not found.troubles and found.context.uses_channels:
        live.remarks.append("No layer is configured, so there's nothing to try.")
    if live.trial:
        _judge(found, live.trial)
        found.hide_secrets()
    return found


def _kinds(context: Context) -> dict[str, str]:
    """Return the layers that can be created, and their kinds."""
    return {
        alias: entry["kind"]
        for alias, entry in context.layers.items()
        if entry.get("kind") and "build_error" not in entry and entry.get("is_layer", True)
        and not any(connection.get("error") for connection in entry.get("connections", []))
        and not (entry.get("kind") == "memory" and entry.get("channel_capacity"))
    }  # fmt: skip


def _try(context: Context, live: Live, say: Callable[[str], None], find_redis: FindProgram) -> None:
    with contextlib.ExitStack() as stack:
        variables = dict(context.variables)
        if address := _unserved(context):
            try:
                url = stack.enter_context(private_redis.running(find_redis()))
            except DoctorError:
                pass  # in that case, the trial reports that nothing answers
            else:
                variables["REDIS_URL"] = url
                live.remarks.append(
                    f"Nothing answers at {address}; since the settings read REDIS_URL, they were "
                    "tried with a private Redis. Start yours before you run the project."
                )
        say("Starting two processes that use the layer …")
        trial = LayerTrial(context.project, _kinds(context), variables)
        trial.run(say)
        live.trial = trial


def _unserved(context: Context) -> str:
    """Return the address where the project expects Redis, if it's down and can be replaced."""
    if not context.settings.mentions("REDIS_URL") or context.variable("REDIS_URL"):
        return ""
    for entry in context.layers.values():
        for connection in entry.get("connections", []):
            host, port = connection.get("host"), connection.get("port")
            if host and port and is_loopback(host) and not answers(host, port):
                return f"{host}:{port}"
    return ""


def _judge(found: Examination, trial: LayerTrial) -> None:
    if trial.setup_error:
        error = trial.setup_error
        text = f"Django doesn't start with these settings: {error['type']}: {error['text']}"
        found.troubles.append(masked(text))
        return
    if trial.hung:
        found.troubles.append("The two processes aren't ready: the project or Redis hangs.")
        return
    if trial.left_behind:
        found.troubles.append(
            f"{trial.left_behind} keys that begin with {trial.prefix} are still in Redis: "
            "delete them."
        )
    for outcome in trial.outcomes.values():
        shown = list(diagnosis.findings(found.context, outcome))
        found.troubles += diagnosis.unexplained(outcome, shown)
        for finding in shown:
            _add(found, finding)
    found.sort()


def _add(found: Examination, finding: Finding) -> None:
    """Add a live finding. If two have the same pitfall and place, keep the more severe one."""
    for number, other in enumerate(found.findings):
        if other.id == finding.id and other.place == finding.place:
            rank = pitfalls.SEVERITIES.index
            if rank(finding.severity) < rank(other.severity):
                found.findings[number] = finding
            return
    found.findings.append(finding)

"""One trial: a member in one process, a sender in another, silence in between."""

import queue
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from channels_doctor.live.talk import Partner
from channels_doctor.project import DjangoProject

IDLE = 6.5  # seconds; if idle members get cut off, it's after 5
PATIENCE = 60  # seconds in which both processes must load the project
FAREWELL = 10  # seconds in which they clean up


@dataclass
class LayerOutcome:
    """What happened with one layer."""

    alias: str
    kind: str
    joined: bool = False
    times: dict[int, float] = field(default_factory=dict)  # of the first and the second message
    lost: set[int] = field(default_factory=set)
    failures: list[tuple[str, dict]] = field(default_factory=list)  # (when, the error)
    servers: list[dict] = field(default_factory=list)
    deaf: bool = False
    idle: float = 0

    @property
    def over(self) -> bool:
        return bool(self.failures) or bool(self.lost)

    def answered(self, number: int) -> bool:
        return number in self.times or number in self.lost or bool(self.failures)


class LayerTrial:
    """Runs both processes. Afterwards, `outcomes` contains what happened, by alias."""

    def __init__(self, project: DjangoProject, kinds: dict[str, str], variables: dict[str, str]):
        self.project, self.variables = project, variables
        self.outcomes = {alias: LayerOutcome(alias, kind) for alias, kind in kinds.items()}
        self.prefix = f"channels-doctor-{uuid.uuid4().hex}"
        self.inbox: queue.Queue = queue.Queue()
        self.setup_error: dict | None = None
        self.left_behind: int | None = None
        self.ready = self.hung = False
        self.ended: set[str] = set()

    def run(self, say: Callable[[str], None]) -> None:
        """Run the trial, which takes about IDLE seconds plus the time to load the project."""
        kinds = {alias: outcome.kind for alias, outcome in self.outcomes.items()}
        more = {"aliases": kinds, "prefix": self.prefix}
        parts = []
        try:
            for name in ("receiver", "sender"):
                parts.append(Partner(name, self.project, self.inbox, self.variables, **more))
            receiver, sender = parts
            self._play(sender, say)
            for part in parts:
                part.say(stop=True)
            self._wait(lambda: {"receiver", "sender"} <= self.ended, FAREWELL)
        finally:
            for part in parts:
                part.end()

    def _play(self, sender: Partner, say: Callable[[str], None]) -> None:
        outcomes = self.outcomes.values()
        loaded = self._wait(
            lambda: self.ready and all(outcome.joined or outcome.over for outcome in outcomes),
            PATIENCE,
        )
        if not loaded:
            self.hung = not self.setup_error and not self.ended
            return
        self._ping(sender, 1)
        quiet = [outcome for outcome in outcomes if not outcome.over]
        if quiet:
            say(f"Both processes are connected, and now stay silent for {IDLE} s …")
            begun = time.monotonic()
            self._wait(lambda: all(outcome.over for outcome in quiet), IDLE)
            for outcome in quiet:
                outcome.idle = round(time.monotonic() - begun, 1)
            self._ping(sender, 2)

    def _ping(self, sender: Partner, number: int) -> None:
        asked = [
            outcome for outcome in self.outcomes.values() if outcome.joined and not outcome.over
        ]
        if asked:
            sender.say(ping=[outcome.alias for outcome in asked])
            self._wait(lambda: all(outcome.answered(number) for outcome in asked), PATIENCE)

    def _wait(self, enough: Callable[[], bool], seconds: float) -> bool:
        """Receive messages until `enough`, for at most `seconds`. Returns whether it was enough."""
        until = time.monotonic() + seconds
        while not enough() and not self.setup_error and len(self.ended) < 2:
            try:
                self._take(*self.inbox.get(timeout=max(0, until - time.monotonic())))
            except queue.Empty:
                return enough()
        return enough()

    def _take(self, name: str, message: dict | None) -> None:
        if message is None:
            self.ended.add(name)
            return
        if message.get("failed") == "setup":
            self.setup_error = message["error"]
        self.ready = self.ready or bool(message.get("ready"))
        if "left_behind" in message:
            self.left_behind = message["left_behind"]
        outcome = self.outcomes.get(message.get("alias"))
        if outcome is None:
            return
        outcome.joined = outcome.joined or bool(message.get("joined"))
        outcome.deaf = outcome.deaf or bool(message.get("deaf"))
        if "milliseconds" in message:
            outcome.times[message["number"]] = message["milliseconds"]
        if message.get("lost"):
            outcome.lost.add(message["number"])
        if message.get("failed"):
            outcome.failures.append((message["failed"], message["error"]))
        if message.get("server"):
            outcome.servers.append(message["server"])

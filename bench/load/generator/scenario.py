"""A scenario's members: connect them, let them send, measure and sum up."""

import asyncio
import time

from picows import WSHandshakeError

from bench.load.generator import delivery_errors, usage
from bench.load.generator.dialects import DIALECTS
from bench.load.generator.frames import FrameBook
from bench.load.generator.member import Member
from bench.load.generator.senders import Sender
from bench.load.generator.texts import Writer
from bench.load.generator.timing import Deliveries

TOGETHER = 50  # connections opened at once by default
PROBES = 20
PROBE_SECONDS = 1.0
PATIENCE = 4.0  # after this many quiet seconds, a missing text counts as lost
CALM_SECONDS = 5.0  # seconds at most for the server to finish the work that entries cause
CALM_CPU = 0.02  # a server is calm if it uses fewer processor seconds between two looks
CALM_LOOKS = 4


class Scenario:
    """Members in rooms.

    `seats` has each member's url, cookie and room (a number). `pids` has lists of the processes
    whose processor time is measured.
    """

    def __init__(self, request: dict):
        self.request = request
        self.writer = Writer(request["tag"], request["size"])
        self.book = FrameBook(DIALECTS[request["dialect"]], self.writer)
        self.members = [
            Member(self.book, seat["url"], seat["cookie"], seat["room"], number % 4096)
            for number, seat in enumerate(request["seats"])
        ]
        self.senders = []
        self.pids = request["pids"]
        self.failures = 0
        self.first_failure = ""
        self.usage = {}  # processor time at the start and end of the measured part

    async def connect(self, together: int = TOGETHER, attempts: int = 1) -> list[float]:
        """Let all members enter, in so many attempts. Returns how many seconds each one took."""
        gate = asyncio.Semaphore(together)
        seconds = []

        async def enter(member):
            for left in reversed(range(attempts)):
                try:
                    async with gate:
                        seconds.append(await member.connect())
                    return
                except (OSError, TimeoutError, WSHandshakeError) as error:
                    self.failures += not left
                    self.first_failure = self.first_failure or repr(error)

        await asyncio.gather(*(enter(member) for member in self.members))
        return seconds

    async def probe(self) -> None:
        """Send a text to every room until all connected members get it. Raises TimeoutError."""
        connected = [member for member in self.members if not member.dropped]
        first_of_room = {member.room: member for member in reversed(connected)}
        for attempt in range(PROBES):
            for room, member in first_of_room.items():
                tag = self.request["tag"]
                client_id = f"{tag}-ffff-4fff-8000-{room:06x}{attempt:06x}"
                text = self.writer.probe(room)
                member.send(member.dialect.wrap(text, client_id))
            until = time.perf_counter() + PROBE_SECONDS
            while time.perf_counter() < until:
                if all(member.probed for member in connected):
                    return
                await asyncio.sleep(0.01)
        raise TimeoutError("some members don't receive what is sent to their room")

    async def calm_down(self) -> None:
        """Wait until the server has finished the work caused by the last entries or texts."""
        quiet = 0
        deadline = time.perf_counter() + CALM_SECONDS
        while quiet < CALM_LOOKS and time.perf_counter() < deadline:
            before = usage.cpu_seconds(self.pids["server"])
            await asyncio.sleep(0.1)
            is_quiet = usage.cpu_seconds(self.pids["server"]) - before < CALM_CPU
            quiet = quiet + 1 if is_quiet else 0

    def appoint_senders(self, count: int, window: int = 0) -> None:
        """Make the first `count` members of every room the senders."""
        numbers = {}
        for member in self.members:
            numbers[member.room] = numbers.get(member.room, 0) + 1
            if numbers[member.room] <= count:
                self.senders.append(Sender(member, self.writer, window))

    def take_usage(self, moment: str) -> None:
        """Record the processor time so far under "start" or "end"."""
        used = {key: usage.cpu_seconds(pids) for key, pids in self.pids.items()}
        used["beside_main"] = usage.beside_main_seconds(self.pids.get("server", []))
        self.usage[moment] = {"time": time.perf_counter(), "own": time.process_time(), **used}

    def used(self, key: str) -> float:
        """Return how much of `key` was used between "start" and "end"."""
        return self.usage["end"][key] - self.usage["start"][key]

    async def drain(self) -> None:
        """Wait until every member has every text, or until nothing has arrived for PATIENCE."""
        expected = {}
        for sender in self.senders:
            room = sender.member.room
            expected[room] = expected.get(room, 0) + len(sender.sent)
        before, since = -1, time.perf_counter()
        while any(member.count < expected.get(member.room, 0) for member in self.members):
            now = time.perf_counter()
            count = sum(member.count for member in self.members)
            if count != before:
                before, since = count, now
            if now - since > self.request.get("patience", PATIENCE):
                return
            await asyncio.sleep(0.02)

    def close(self) -> None:
        for member in self.members:
            member.close()

    def result(self) -> dict:
        """Return the figures of the measured part, and any errors in the whole scenario."""
        sent = {(s.member.room, s.member.number): s.sent for s in self.senders}
        logs = [(member.room, member.log) for member in self.members]
        counts = {key: len(times) for key, times in sent.items()}
        errors = delivery_errors.count(logs, self.book.frames, counts)
        deliveries = Deliveries([log for _, log in logs], self.book.frames, sent)
        start, end = self.usage["start"]["time"], self.usage["end"]["time"]
        seconds = self.used("time")
        texts, frames = deliveries.between(start, end)
        in_time = [t for times in sent.values() for t in times if start <= t < end]
        return {
            "seconds": round(seconds, 3),
            "texts_per_s": round(len(in_time) / seconds, 1),
            "deliveries_per_s": round(texts / seconds, 1),
            "frames_per_s": round(frames / seconds, 1),
            **self._processor(texts, seconds),
            "latency_ms": deliveries.latencies(start, end),
            "sent": sum(counts.values()),
            "delivered": sum(member.count for member in self.members),
            "refused": self.book.refused,
            "stalls": sum(sender.stalls for sender in self.senders),
            "dropped": sum(member.dropped for member in self.members),
            "failed": self.failures,
            "last_s": round(deliveries.last() - start, 3),
            **errors.as_dict(),
        }

    def _processor(self, texts: int, seconds: float) -> dict:
        """Return the processor time per delivered text, and as a share of the total time."""
        used = {key: self.used(key) for key in (*self.pids, "beside_main")}
        return {
            "cpu_ms_per_1000": {
                key: round(value * 1e6 / texts, 3) if texts else None for key, value in used.items()
            },
            "cpu_share": {key: round(value / seconds, 3) for key, value in used.items()},
            "generator_cpu": round(self.used("own") / seconds, 3),
        }

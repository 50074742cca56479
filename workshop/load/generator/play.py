"""Plays one scene with members in rooms, measures a part of it, and reports what came of it."""

import asyncio
import gc
import time

from picows import WSHandshakeError

from workshop.load.generator import senders as pacing
from workshop.load.generator import verdict, weighing
from workshop.load.generator.dialects import DIALECTS
from workshop.load.generator.frames import Book
from workshop.load.generator.member import Member
from workshop.load.generator.senders import Sender
from workshop.load.generator.texts import Writing
from workshop.load.generator.timing import Deliveries

TOGETHER = 50  # connections that are opened at once where nothing else is wanted
PROBES = 20
PROBE_SECONDS = 1.0
PATIENCE = 4.0  # seconds without news after which what is missing counts as lost


class Scene:
    """Members in rooms.

    `seats` names for each member: address, cookie, room (a number). In every room the first
    `senders` members send. `pids` names lists of processes to weigh.
    """

    def __init__(self, request: dict):
        self.request = request
        self.writing = Writing(request["tag"], request["size"])
        self.book = Book(DIALECTS[request["dialect"]], self.writing)
        self.members = [
            Member(self.book, seat["address"], seat["cookie"], seat["room"], number % 4096)
            for number, seat in enumerate(request["seats"])
        ]
        self.senders = []
        self.pids = request["pids"]
        self.failures, self.complaint = 0, ""
        self.at = {}  # what was weighed at the start and at the end of the measured part

    async def connect(self, together: int = TOGETHER) -> list[float]:
        """Let all members enter; return how many seconds each took."""
        gate, taken = asyncio.Semaphore(together), []

        async def enter(member):
            async with gate:
                try:
                    taken.append(await member.connect())
                except (OSError, TimeoutError, WSHandshakeError) as error:
                    self.failures += 1
                    self.complaint = self.complaint or repr(error)

        await asyncio.gather(*(enter(member) for member in self.members))
        return taken

    async def probe(self) -> None:
        """Send a text to every room until all who are in hear. Raises TimeoutError."""
        inside = [member for member in self.members if not member.dropped]
        rooms = {member.room: member for member in reversed(inside)}
        for attempt in range(PROBES):
            for room, member in rooms.items():
                tag = self.request["tag"]
                client_id = f"{tag}-ffff-4fff-8000-{room:06x}{attempt:06x}"
                text = self.writing.probe(room)
                member.send(member.dialect.wrap(text, client_id))
            until = time.perf_counter() + PROBE_SECONDS
            while time.perf_counter() < until:
                if all(member.probed for member in inside):
                    return
                await asyncio.sleep(0.01)
        raise TimeoutError("not every member hears what is sent to its room")

    def appoint(self, count: int, window: int = 0) -> None:
        """Let the first `count` members of every room be its senders."""
        seen = {}
        for member in self.members:
            seen[member.room] = seen.get(member.room, 0) + 1
            if seen[member.room] <= count:
                self.senders.append(Sender(member, self.writing, window))

    def weigh(self, name: str) -> None:
        used = {key: weighing.cpu_seconds(pids) for key, pids in self.pids.items()}
        used["beside_main"] = weighing.beside_main_seconds(self.pids.get("server", []))
        self.at[name] = {"time": time.perf_counter(), "own": time.process_time(), **used}

    async def drain(self) -> None:
        """Wait until everybody has got everything, or nothing has come for PATIENCE."""
        due = {}
        for sender in self.senders:
            room = sender.member.room
            due[room] = due.get(room, 0) + len(sender.sent)
        before, since = -1, time.perf_counter()
        while any(member.count < due.get(member.room, 0) for member in self.members):
            now, count = time.perf_counter(), sum(member.count for member in self.members)
            if count != before:
                before, since = count, now
            if now - since > self.request.get("patience", PATIENCE):
                return
            await asyncio.sleep(0.02)

    def close(self) -> None:
        for member in self.members:
            member.close()

    def sent(self) -> dict:
        return {(one.member.room, one.member.number): one.sent for one in self.senders}

    def result(self) -> dict:
        """Return the figures of the measured part, and the verdict on everything."""
        sent, logs = self.sent(), [(member.room, member.log) for member in self.members]
        counts = {key: len(times) for key, times in sent.items()}
        judged = verdict.judge(logs, self.book.frames, counts)
        deliveries = Deliveries([log for _, log in logs], self.book.frames, sent)
        start, end = self.at["start"], self.at["end"]
        seconds = end["time"] - start["time"]
        texts, frames = deliveries.between(start["time"], end["time"])
        used = {key: end[key] - start[key] for key in (*self.pids, "beside_main")}
        in_time = [t for times in sent.values() for t in times if start["time"] <= t < end["time"]]
        return {
            "seconds": round(seconds, 3),
            "texts_per_s": round(len(in_time) / seconds, 1),
            "deliveries_per_s": round(texts / seconds, 1),
            "frames_per_s": round(frames / seconds, 1),
            "cpu_ms_per_1000": {
                key: round(value * 1e6 / texts, 3) if texts else None for key, value in used.items()
            },
            "cpu_share": {key: round(value / seconds, 3) for key, value in used.items()},
            "generator_cpu": round((end["own"] - start["own"]) / seconds, 3),
            "latency_ms": deliveries.latencies(start["time"], end["time"]),
            "sent": sum(counts.values()),
            "delivered": sum(member.count for member in self.members),
            "refused": self.book.refused,
            "stalls": sum(sender.stalls for sender in self.senders),
            "dropped": sum(member.dropped for member in self.members),
            "failed": self.failures,
            "last_s": round(deliveries.last() - start["time"], 3),
            **judged.as_dict(),
        }


async def talk(scene: Scene) -> dict:
    """The members talk: in a closed loop with a window, at a fixed rate, or in one burst."""
    request, loop = scene.request, asyncio.get_running_loop()
    await scene.connect()
    if scene.failures:
        many = f"{scene.failures} of {len(scene.members)} members"
        raise ConnectionError(f"{many} could not enter: {scene.complaint}")
    await scene.probe()
    scene.appoint(request["senders"], request.get("window", 0))
    gc.collect()
    gc.disable()
    warm, seconds = request.get("warm", 0.0), request.get("seconds", 0.0)
    extra = {}
    if request.get("burst"):
        scene.weigh("start")
        await pacing.burst(scene.senders, request["burst"])
        await scene.drain()
        scene.weigh("end")
    else:
        loop.call_later(warm, scene.weigh, "start")
        loop.call_later(warm + seconds, scene.weigh, "end")
        if request.get("rate"):
            worst = await pacing.open_loop(scene.senders, warm + seconds + 0.05, request["rate"])
            extra["late_ms"] = round(worst * 1000, 3)
        else:
            await pacing.closed_loop(scene.senders, warm + seconds + 0.05)
        await scene.drain()
    return scene.result() | extra


async def storm(scene: Scene) -> dict:
    """Everybody enters at once."""
    scene.weigh("start")
    taken = sorted(await scene.connect(together=len(scene.members)))
    scene.weigh("end")
    await scene.probe()
    return _entering(scene, taken)


async def idle(scene: Scene) -> dict:
    """The first member of every room enters, then the others; then nobody says anything."""
    everybody, first = scene.members, scene.members[:1]
    scene.members = first
    await scene.connect()
    await scene.probe()
    before = {key: weighing.memory(pids) for key, pids in scene.pids.items()}
    scene.members = everybody[1:]
    scene.weigh("start")
    taken = sorted(await scene.connect())
    scene.weigh("end")
    result = _entering(scene, taken)
    await _calm(scene)
    after = {key: weighing.memory(pids) for key, pids in scene.pids.items()}
    gained = {key: (after[key] - before[key]) / max(1, len(taken)) for key in after}
    scene.weigh("start")
    await asyncio.sleep(scene.request["seconds"])
    scene.weigh("end")
    start, end = scene.at["start"], scene.at["end"]
    seconds = end["time"] - start["time"]
    scene.members = everybody
    return result | {
        "bytes_each": {key: round(value) for key, value in gained.items()},
        "cpu_share": {key: round((end[key] - start[key]) / seconds, 4) for key in scene.pids},
        "dropped": sum(member.dropped for member in everybody),
    }


async def join(scene: Scene) -> dict:
    """One after the other enters a room that grows; how long that takes at each size."""
    taken, sizes = [], scene.request["sizes"]
    sampled = scene.request["sampled"]
    everybody, scene.members = scene.members, []
    cpu = {}
    for size in sizes:
        crowd = everybody[len(scene.members) : size]
        entered, scene.members = scene.members, crowd
        await scene.connect()
        scene.members = entered + crowd
        await _calm(scene)
        scene.weigh("start")
        times = []
        for member in everybody[size : size + sampled]:
            times.append(await member.connect())
        await _calm(scene)
        scene.weigh("end")
        scene.members = everybody[: size + sampled]
        times.sort()
        cpu[size] = (scene.at["end"]["server"] - scene.at["start"]["server"]) / len(times) * 1000
        taken.append({"size": size, "p50_ms": round(times[len(times) // 2] * 1000, 3)})
        taken[-1]["cpu_ms"] = round(cpu[size], 3)
    return {"joins": taken, "failed": scene.failures}


async def _calm(scene: Scene) -> None:
    """Wait until the server has done what entering has caused."""
    quiet = 0
    for _ in range(100):
        before = weighing.cpu_seconds(scene.pids["server"])
        await asyncio.sleep(0.1)
        quiet = quiet + 1 if weighing.cpu_seconds(scene.pids["server"]) - before < 0.02 else 0
        if quiet == 4:
            return


def _entering(scene: Scene, taken: list[float]) -> dict:
    start, end = scene.at["start"], scene.at["end"]
    seconds, count = end["time"] - start["time"], len(taken)
    pick = {f"p{part}": taken[min(count - 1, count * part // 100)] for part in (50, 95, 99)}
    return {
        "entered": count,
        "failed": scene.failures,
        "seconds": round(seconds, 3),
        "entries_per_s": round(count / seconds, 1),
        "entry_ms": {name: round(value * 1000, 2) for name, value in pick.items()} if count else {},
        "entry_cpu_ms": {
            key: round((end[key] - start[key]) * 1000 / max(1, count), 3) for key in scene.pids
        },
    }


async def listen(scene: Scene) -> dict:
    """Nobody sends: the server alone does, as fast as it can."""
    await scene.connect()
    gc.disable()
    await asyncio.sleep(scene.request["warm"])
    scene.weigh("start")
    await asyncio.sleep(scene.request["seconds"])
    scene.weigh("end")
    start, end = scene.at["start"], scene.at["end"]
    deliveries = Deliveries([member.log for member in scene.members], scene.book.frames, {})
    seconds = end["time"] - start["time"]
    _, frames = deliveries.between(start["time"], end["time"])
    return {
        "frames_per_s": round(frames / seconds),
        "generator_cpu": round((end["own"] - start["own"]) / seconds, 3),
        "strayed": sum(frame.strays for frame in scene.book.frames),
    }


SCENES = {"talk": talk, "storm": storm, "idle": idle, "join": join, "listen": listen}


async def play(request: dict) -> dict:
    """Play the scene that `request` describes; return its figures."""
    scene = Scene(request)
    try:
        return await SCENES[request["scene"]](scene)
    finally:
        scene.close()

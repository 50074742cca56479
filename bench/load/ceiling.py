"""Measures the generator's own limit before anything else."""

import secrets
import sys
from pathlib import Path

from bench.lab.app_server import AppServer
from bench.lab.cores import Cores, pin
from bench.load.benchmark import run_generator
from bench.load.generator.dialects import DIALECTS
from workshop.base.environment import child_environment
from workshop.base.paths import ROOT

WANTED = 150_000  # frames a second
BATCHED, SINGLE = 8, 1  # frames per write: many, as from a busy server, and one
WARM, ROOM = 0.3, "ceiling"


async def measure(cores: Cores, members: int, seconds: float, folder: Path) -> dict:
    """Return how many frames per second the generator can receive from a server that only sends."""
    batched = await _receive(cores, members, seconds, BATCHED, folder)
    single = await _receive(cores, members, seconds, SINGLE, folder)
    return {
        "frames_per_s": batched["frames_per_s"],
        "generator_cpu": batched["generator_cpu"],
        "one_a_write_per_s": single["frames_per_s"],
        "one_a_write_generator_cpu": single["generator_cpu"],
        "wanted": WANTED,
        "is_enough": batched["frames_per_s"] >= WANTED,
    }


def sentence(ceiling: dict) -> str:
    """Explain what the ceiling means."""
    taken = f"{ceiling['frames_per_s']:,} frames/s from a trivial server"
    if ceiling["is_enough"]:
        return f"The generator takes {taken}."
    return f"The generator itself is the limit here: it takes only {taken}."


async def _receive(cores, members, seconds, batch, folder) -> dict:
    tag = secrets.token_hex(4)
    server = TrivialServer(members, batch, seconds + 2 * WARM + 1, tag, folder / "trivial.log")
    await server.start()
    pin(server.process.pid, cores.server)
    url = DIALECTS["plain"].url(server.port, ROOM)
    request = {
        "scenario": "listen",
        "tag": tag,
        "size": 100,
        "dialect": "plain",
        "seats": [{"url": url, "cookie": "", "room": 0} for _ in range(members)],
        "pids": {},
        "cores": cores.others,
        "warm": WARM,
        "seconds": seconds,
    }
    try:
        return await run_generator(request)
    finally:
        await server.kill()


class TrivialServer(AppServer):
    """A server that only sends."""

    def __init__(self, members: int, batch: int, seconds: float, tag: str, log: Path):
        super().__init__("trivial", ROOT, child_environment(), log)
        self.arguments = [members, batch, round(seconds + 0.5), tag]

    def command(self, fault: str) -> list[str]:
        program = [sys.executable, "-P", "-m", "bench.load.generator.trivial_server"]
        return [*program, *map(str, [self.port, *self.arguments])]

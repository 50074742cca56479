"""Proves how much the generator itself can take, before it judges anybody."""

import secrets
import sys
from pathlib import Path

from workshop.chaos.ports import lasting_port
from workshop.chaos.servers import Server
from workshop.course import ROOT
from workshop.environment import child_environment
from workshop.load.bench import ask_generator
from workshop.load.cores import Cores, pin
from workshop.load.generator.dialects import DIALECTS

WANTED = 150_000  # frames a second
TOGETHER = (8, 1)  # frames in one write: as a busy server sends them, and one by one
WARM, ROOM = 0.3, "ceiling"


async def measure(cores: Cores, members: int, seconds: float, place: Path) -> dict:
    """Return how many frames a second the generator takes from a server that only sends."""
    found = {}
    for together in TOGETHER:
        found[together] = await _take(cores, members, seconds, together, place)
    many, one = found[TOGETHER[0]], found[TOGETHER[1]]
    return {
        "frames_per_s": many["frames_per_s"],
        "generator_cpu": many["generator_cpu"],
        "one_a_write_per_s": one["frames_per_s"],
        "one_a_write_generator_cpu": one["generator_cpu"],
        "wanted": WANTED,
        "is_enough": many["frames_per_s"] >= WANTED,
    }


def sentence(ceiling: dict) -> str:
    """Return what the ceiling means."""
    taken = f"{ceiling['frames_per_s']:,} frames/s from a trivial server"
    if ceiling["is_enough"]:
        return f"The generator takes {taken}."
    return f"The generator itself is the limit here: it takes only {taken}."


async def _take(cores, members, seconds, together, place) -> dict:
    tag = secrets.token_hex(4)
    server = Trivial(members, together, seconds + 2 * WARM + 1, tag, place / "trivial.log")
    await server.start()
    pin(server.process.pid, cores.server)
    address = DIALECTS["plain"].address(server.port, ROOM)
    seats = [{"address": address, "cookie": "", "room": 0} for _ in range(members)]
    try:
        return await ask_generator(
            {
                "scene": "listen",
                "tag": tag,
                "size": 100,
                "dialect": "plain",
                "seats": seats,
                "pids": {},
                "cores": cores.others,
                "warm": WARM,
                "seconds": seconds,
            }
        )
    finally:
        await server.kill()


class Trivial(Server):
    """The server that only sends."""

    def __init__(self, members: int, together: int, seconds: float, tag: str, log: Path):
        super().__init__("trivial", ROOT, child_environment(), log)
        self.port, self.words = lasting_port(), [members, together, seconds, tag]

    def command(self, fault: str) -> list[str]:
        members, together, seconds, tag = self.words
        numbers = [str(number) for number in (self.port, members, together, round(seconds + 0.5))]
        program = ["-m", "workshop.load.generator.trivial_server"]
        return [sys.executable, "-P", *program, *numbers, tag]

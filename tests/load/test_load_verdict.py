"""The verdict: each text that a server loses, doubles, swaps, strays or changes is counted."""

import secrets
import sys
from pathlib import Path

import pytest

from workshop.chaos.servers import Server
from workshop.environment import child_environment
from workshop.load.bench import ask_generator
from workshop.load.generator.frames import Frame, Log
from workshop.load.generator.texts import Name
from workshop.load.generator.verdict import judge

HERE = Path(__file__).parent
MEMBERS, ROOMS, TEXTS = 4, 2, 100
COUNTS = ("lost", "doubled", "disordered", "strayed", "misnumbered")
PER_ROOM = TEXTS // 10  # of all texts, every tenth is due for the mistake


class Faulty(Server):
    def __init__(self, mistake, folder):
        super().__init__("faulty", HERE, child_environment(), folder / "log")
        self.mistake = mistake

    def command(self, fault):
        return [sys.executable, "-P", "faulty_server.py", str(self.port), self.mistake]


@pytest.fixture
async def ask(tmp_path):
    """Start a server with a mistake; return a function that lets the generator play on it."""
    started = []

    async def play(mistake, **wishes):
        server = Faulty(mistake, tmp_path)
        started.append(server)
        await server.start()
        seats = [
            {"address": f"ws://127.0.0.1:{server.port}/{room}", "cookie": "", "room": room}
            for room in range(ROOMS)
            for _ in range(MEMBERS)
        ]
        common = {"tag": secrets.token_hex(4), "size": 100, "dialect": "plain", "senders": 1}
        common["patience"] = 1
        pids = {"server": [server.process.pid]}
        return await ask_generator(
            {"scene": "talk", "seats": seats, "pids": pids, **common, **wishes}
        )

    yield play
    for server in started:
        await server.kill()


@pytest.mark.parametrize(
    ("mistake", "expected"),
    [
        ("nothing", {}),
        ("lose", {"lost": PER_ROOM * MEMBERS}),
        ("double", {"doubled": PER_ROOM * MEMBERS}),
        ("stray", {"strayed": PER_ROOM * MEMBERS * (ROOMS - 1)}),
        ("change", {"lost": PER_ROOM * MEMBERS, "strayed": PER_ROOM * MEMBERS}),
    ],
)
async def test_what_a_server_does_wrong_is_counted_for_every_member(ask, mistake, expected):
    result = await ask(mistake, burst=TEXTS)
    assert result["sent"] == TEXTS
    assert {name: result[name] for name in COUNTS} == dict.fromkeys(COUNTS, 0) | expected


async def test_texts_of_one_sender_that_are_swapped_are_out_of_order(ask):
    result = await ask("swap", burst=TEXTS)
    assert result["disordered"] > 0
    assert (result["doubled"], result["strayed"]) == (0, 0)


async def test_a_lost_text_does_not_stop_a_closed_loop(ask):
    result = await ask("lose", window=1, warm=0.0, seconds=1.6)
    assert result["stalls"] >= 1 and result["lost"] > 0


async def test_in_an_open_loop_latency_counts_from_the_intended_moment(ask):
    result = await ask("stall", rate=200, warm=0, seconds=1)
    # While the server stood still for 400 ms, about 80 of 200 texts were meant to leave: half of
    # those waited for more than 200 ms, whatever the server did once it went on.
    assert result["latency_ms"]["max"] >= 390
    assert result["latency_ms"]["p95"] >= 150
    assert result["lost"] == 0


def judged(rows, sent, room=0):
    """The verdict on one member of `room` who got `rows`: for each frame (seq, Name) pairs."""
    frames, log = [], Log()
    for number, row in enumerate(rows):
        frame = Frame(b"", number)
        frame.seqs = [seq for seq, _ in row if seq]
        frame.names = [name for _, name in row]
        frames.append(frame)
        log.indexes.append(number)
    return judge([(room, log)], frames, sent).as_dict()


def test_numbers_with_a_hole_are_misnumbered():
    rows = [[(1, Name(0, 0, 0))], [(3, Name(0, 0, 1))]]
    assert judged(rows, {(0, 0): 2}) == dict.fromkeys(COUNTS, 0) | {"misnumbered": 1}


def test_a_text_that_comes_after_a_later_one_is_out_of_order_and_not_lost():
    rows = [[(None, Name(0, 0, 1))], [(None, Name(0, 0, 0))]]
    assert judged(rows, {(0, 0): 2}) == dict.fromkeys(COUNTS, 0) | {"disordered": 1}


def test_what_nobody_sent_has_strayed():
    rows = [[(None, Name(0, 7, 0)), (None, Name(3, 0, 0))]]
    assert judged(rows, {(0, 0): 0}) == dict.fromkeys(COUNTS, 0) | {"strayed": 2}

"""The checker counts each text that is lost, duplicated, swapped, misdirected or changed."""

import secrets
import sys
from pathlib import Path

import pytest

from bench.lab.app_server import AppServer
from bench.load.benchmark import run_generator
from bench.load.generator import delivery_errors
from bench.load.generator.frames import ReceivedFrame, ReceivedLog
from bench.load.generator.texts import TextId
from workshop.base.environment import child_environment

HERE = Path(__file__).parent
MEMBERS, ROOMS, TEXTS = 4, 2, 100
COUNTS = ("lost", "doubled", "disordered", "strayed", "misnumbered")
PER_ROOM = TEXTS // 10  # of all texts, every tenth is due for the mistake


class FaultyServer(AppServer):
    def __init__(self, mistake, folder):
        super().__init__("faulty", HERE, child_environment(), folder / "log")
        self.mistake = mistake

    def command(self, fault):
        return [sys.executable, "-P", "faulty_server.py", str(self.port), self.mistake]


@pytest.fixture
async def measure(tmp_path):
    """Start a server with a mistake and let the generator play a scenario on it."""
    started = []

    async def play(mistake, **parameters):
        server = FaultyServer(mistake, tmp_path)
        started.append(server)
        await server.start()
        seats = [
            {"url": f"ws://127.0.0.1:{server.port}/{room}", "cookie": "", "room": room}
            for room in range(ROOMS)
            for _ in range(MEMBERS)
        ]
        common = {"tag": secrets.token_hex(4), "size": 100, "dialect": "plain", "senders": 1}
        common["patience"] = 1
        pids = {"server": [server.process.pid]}
        return await run_generator(
            {"scenario": "talk", "seats": seats, "pids": pids, **common, **parameters}
        )

    yield play
    for server in started:
        await server.kill()


@pytest.mark.slow
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
async def test_a_mistake_of_the_server_is_counted_for_every_member(measure, mistake, expected):
    result = await measure(mistake, burst=TEXTS)
    assert result["sent"] == TEXTS
    assert {name: result[name] for name in COUNTS} == dict.fromkeys(COUNTS, 0) | expected


@pytest.mark.slow
async def test_swapped_texts_of_one_sender_are_out_of_order(measure):
    result = await measure("swap", burst=TEXTS)
    assert result["disordered"] > 0
    assert (result["doubled"], result["strayed"]) == (0, 0)


@pytest.mark.slow
async def test_a_lost_text_does_not_stop_a_closed_loop(measure):
    result = await measure("lose", window=1, warm=0.0, seconds=1.6)
    assert result["stalls"] >= 1 and result["lost"] > 0


@pytest.mark.slow
async def test_open_loop_latency_counts_from_the_intended_moment(measure):
    result = await measure("stall", rate=200, warm=0, seconds=1)
    # While the server stood still for 400 ms, about 80 of 200 texts were meant to leave. Half of
    # them waited for more than 200 ms, whatever the server did afterwards.
    assert result["latency_ms"]["max"] >= 390
    assert result["latency_ms"]["p95"] >= 150
    assert result["lost"] == 0


def count_errors(rows, sent, room=0):
    """Count one member's errors in `room` for `rows`, which has (seq, id) pairs per frame."""
    frames, log = [], ReceivedLog()
    for number, row in enumerate(rows):
        frame = ReceivedFrame(b"", number)
        frame.seqs = [seq for seq, _ in row if seq]
        frame.text_ids = [text_id for _, text_id in row]
        frames.append(frame)
        log.indexes.append(number)
    return delivery_errors.count([(room, log)], frames, sent).as_dict()


def test_a_gap_in_the_numbers_is_misnumbered():
    rows = [[(1, TextId(0, 0, 0))], [(3, TextId(0, 0, 1))]]
    assert count_errors(rows, {(0, 0): 2}) == dict.fromkeys(COUNTS, 0) | {"misnumbered": 1}


def test_a_text_that_comes_after_a_later_one_is_out_of_order_and_not_lost():
    rows = [[(None, TextId(0, 0, 1))], [(None, TextId(0, 0, 0))]]
    assert count_errors(rows, {(0, 0): 2}) == dict.fromkeys(COUNTS, 0) | {"disordered": 1}


def test_a_text_that_nobody_sent_counts_as_strayed():
    rows = [[(None, TextId(0, 7, 0)), (None, TextId(3, 0, 0))]]
    assert count_errors(rows, {(0, 0): 0}) == dict.fromkeys(COUNTS, 0) | {"strayed": 2}

"""A repeated error is logged once, and then with a count."""

import asyncio
from types import SimpleNamespace

import pytest

from chat_app import background, hub
from tests import patience


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(background, "time", clock)
    return clock


async def test_a_repeated_error_is_logged_with_a_count(clock, caplog):
    async def fail():
        raise OSError("away")

    for _ in range(10):
        await background.log_errors(fail(), "storing")
        clock.now += 1
    [record] = caplog.records
    assert record.getMessage() == "storing failed: OSError('away')"
    await background.log_errors(fail(), "storing")
    message = caplog.records[-1].getMessage()
    assert message == "storing failed (9 more since the last log): OSError('away')"


async def test_an_error_is_logged_with_its_traceback(caplog):
    async def fail():
        raise OSError("away")

    await background.log_errors(fail(), "storing")
    assert "in fail" in caplog.text


async def test_a_different_error_gets_a_separate_line(caplog):
    background.log_error("storing", OSError("away"))
    background.log_error("storing", ValueError("wrong"))
    background.log_error("reading", OSError("away"))
    assert len(caplog.records) == 3


async def test_an_error_in_a_thread_is_logged_with_what_was_attempted(connect, ann, room, caplog):
    await connect(ann)
    marks = hub.hubs[room.pk].read_marks
    marks.add("no number", 1)
    async with asyncio.timeout(patience.SECONDS):
        while not caplog.records:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    marks.worker.task.cancel()
    assert "storing read marks failed: ValueError" in caplog.text

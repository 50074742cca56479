"""`check` waits longer if other programs keep the processors busy."""

import pytest

from workshop.learner.running.trial import patience_for

QUICK = {"conftest.PATIENCE": 2, "test_redis.IDLE_SECONDS": 1.4}


@pytest.fixture
def busy(monkeypatch):
    """Pretend that this many programs compete for each of two processors."""

    def set_busyness(programs):
        monkeypatch.setattr("psutil.cpu_count", lambda: 2)
        monkeypatch.setattr("psutil.getloadavg", lambda: (2 * programs, 0, 0))

    return set_busyness


@pytest.mark.parametrize(
    ("programs", "seconds"), [(0, 2), (0.9, 2), (1.4, 2), (2, 4), (3.2, 6), (40, 8)]
)
def test_the_busier_the_machine_the_longer_an_answer_may_take(busy, programs, seconds):
    busy(programs)
    assert patience_for(QUICK)["conftest.PATIENCE"] == seconds


def test_waits_that_must_time_out_do_not_get_longer(busy):
    busy(4)
    assert patience_for(QUICK)["test_redis.IDLE_SECONDS"] == 1.4


def test_a_machine_without_load_figures_counts_as_idle(monkeypatch):
    def fail():
        raise OSError("there is no /proc/loadavg")

    monkeypatch.setattr("psutil.getloadavg", fail)
    assert patience_for(QUICK) == QUICK

"""The description of the machine that a run used."""

import psutil

from bench.lab import machine


def test_without_proc_only_the_memory_is_unknown(monkeypatch):
    def no_meminfo():
        raise FileNotFoundError("/proc/meminfo")

    before = machine.describe()
    monkeypatch.setattr(psutil, "virtual_memory", no_meminfo)
    assert machine.describe() == before | {"memory_gib": None}

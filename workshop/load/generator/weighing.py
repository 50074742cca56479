"""What processes have used so far: seconds of the processor, and memory."""

import contextlib

import psutil


def cpu_seconds(pids: list[int]) -> float:
    """Return the seconds that the processes and their children have computed so far."""
    return sum(_sum(pid, lambda process: sum(process.cpu_times()[:2])) for pid in pids)


def memory(pids: list[int]) -> int:
    """Return the bytes that the processes and their children keep in memory."""
    return int(sum(_sum(pid, lambda process: process.memory_info().rss) for pid in pids))


def _sum(pid, value) -> float:
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                total += value(process)
    return total

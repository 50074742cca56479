"""How much processor time and memory processes have used so far."""

import contextlib

import psutil


def cpu_seconds(pids: list[int]) -> float:
    """Return the processor seconds that the processes and their children have used."""
    return sum(_total(pid, lambda process: sum(process.cpu_times()[:2])) for pid in pids)


def beside_main_seconds(pids: list[int]) -> float:
    """Return the part of `cpu_seconds` used outside the main threads."""

    def beside_main(process):
        threads = [thread for thread in process.threads() if thread.id != process.pid]
        return sum(thread.user_time + thread.system_time for thread in threads)

    return sum(_total(pid, beside_main) for pid in pids)


def memory(pids: list[int]) -> int:
    """Return how much memory the processes and their children use, in bytes."""
    return int(sum(_total(pid, lambda process: process.memory_info().rss) for pid in pids))


def _total(pid, value) -> float:
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += value(process)
    return total

"""What processes have used so far: seconds of the processor, and memory."""

import contextlib

import psutil


def cpu_seconds(pids: list[int]) -> float:
    """Return the seconds that the processes and their children have computed so far."""
    return sum(_sum(pid, lambda process: sum(process.cpu_times()[:2])) for pid in pids)


def beside_main_seconds(pids: list[int]) -> float:
    """Return the part of `cpu_seconds` that is not the main threads', such as a database's."""

    def beside_main(process):
        threads = [one for one in process.threads() if one.id != process.pid]
        return sum(one.user_time + one.system_time for one in threads)

    return sum(_sum(pid, beside_main) for pid in pids)


def memory(pids: list[int]) -> int:
    """Return the bytes that the processes and their children keep in memory."""
    return int(sum(_sum(pid, lambda process: process.memory_info().rss) for pid in pids))


def _sum(pid, value) -> float:
    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += value(process)
    return total

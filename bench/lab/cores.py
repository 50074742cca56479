"""Processor cores: one for the measured server, another for everything that drives it."""

import contextlib
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Cores:
    """The cores for the measured server, and those for the generator, Redis and PostgreSQL.

    Both are empty if the system has only one core, or can't assign cores: then all share them.
    """

    server: tuple[int, ...] = ()
    others: tuple[int, ...] = ()

    def describe(self) -> str:
        if not self.server:
            return "The server and the generator share all cores, so the figures are only rough."
        return "The server has one core; the generator and Redis have another."


def assign_cores() -> Cores:
    """Return which cores to use: the first for the server, the last for everything else."""
    with contextlib.suppress(AttributeError, OSError):  # macOS doesn't have this call
        available = psutil.Process().cpu_affinity()
        if len(available) > 1:
            return Cores((available[0],), (available[-1],))
    return Cores()


def pin(pid: int, cores: tuple[int, ...]) -> None:
    """Restrict the process, its threads and its children to `cores`, if that's possible."""
    if not cores:
        return
    with contextlib.suppress(AttributeError, OSError, psutil.Error):
        process = psutil.Process(pid)
        threads = {thread.id for thread in process.threads()}
        children = {child.pid for child in process.children(recursive=True)}
        for number in {pid, *threads, *children}:
            with contextlib.suppress(psutil.Error, OSError):
                psutil.Process(number).cpu_affinity(list(cores))

"""Which processor core does what: one for the server, another for what drives it."""

import contextlib
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Cores:
    """The cores of the measured server, and those of the generator, Redis and PostgreSQL.

    Both are empty where the system has no such thing, or only one core: then everything shares.
    """

    server: tuple[int, ...] = ()
    others: tuple[int, ...] = ()

    def describe(self) -> str:
        if not self.server:
            return "The server and the generator share all cores: take the figures as rough."
        return "The server has one core; the generator and Redis have another."


def share_out() -> Cores:
    """Return which cores to use: the first for the server, the last for the others."""
    with contextlib.suppress(AttributeError, OSError):  # macOS has no such call
        own = psutil.Process().cpu_affinity()
        if len(own) > 1:
            return Cores((own[0],), (own[-1],))
    return Cores()


def pin(pid: int, cores: tuple[int, ...]) -> None:
    """Let the process, and all that it has started, run on `cores` alone, if that is possible."""
    if not cores:
        return
    with contextlib.suppress(AttributeError, OSError, psutil.Error):
        process = psutil.Process(pid)
        threads = {thread.id for thread in process.threads()}
        for one in {pid, *threads, *(child.pid for child in process.children(recursive=True))}:
            with contextlib.suppress(psutil.Error, OSError):
                psutil.Process(one).cpu_affinity(list(cores))

"""Gives a process a share of one core, where Linux's control groups may be written.

So four servers can be compared with one on a machine that has no four cores to spare: each gets a
quarter of a core in every case.
"""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

PERIOD = 4_000  # microseconds; the share of each must be at least 1,000
V1, V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
numbers = itertools.count(1)


@contextlib.contextmanager
def of_a_core(part: float, pids: list[int]) -> Iterator[bool]:
    """Let each of the processes use `part` of a core; yield whether this system allows that."""
    made = []
    try:
        yield _limit(part, pids, made)
    finally:
        for group in made:
            with contextlib.suppress(OSError):
                _move(group.parent, (group / "cgroup.procs").read_text().split())
                group.rmdir()


def _limit(part, pids, made) -> bool:
    is_v2 = (V2 / "cgroup.controllers").is_file()
    quota = int(PERIOD * part)
    try:
        for pid in pids:
            group = (V2 if is_v2 else V1) / f"workshop-load-{pid}-{next(numbers)}"
            group.mkdir()
            made.append(group)
            if is_v2:
                (group / "cpu.max").write_text(f"{quota} {PERIOD}")
            else:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD))
                (group / "cpu.cfs_quota_us").write_text(str(quota))
            _move(group, [pid])
    except OSError:
        return False
    return True


def _move(group, pids):
    for pid in pids:
        (group / "cgroup.procs").write_text(str(pid))

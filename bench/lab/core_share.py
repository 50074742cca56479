"""Limits a process to a share of one core, if Linux's control groups are writable.

That makes it possible to compare four servers with one on a machine without four spare cores: each
server always gets a quarter of a core.
"""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

PERIOD = 4_000  # microseconds; the share of each must be at least 1,000
V1, V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")
numbers = itertools.count(1)


@contextlib.contextmanager
def limited_to_share(share: float, pids: list[int]) -> Iterator[bool]:
    """Limit each process to `share` of a core during a block. Yields whether that works."""
    groups = []
    try:
        yield _limit(share, pids, groups)
    finally:
        for group in groups:
            with contextlib.suppress(OSError):
                _move(group.parent, (group / "cgroup.procs").read_text("utf-8").split())
                group.rmdir()


def _limit(share, pids, groups) -> bool:
    is_v2 = (V2 / "cgroup.controllers").is_file()
    quota = int(PERIOD * share)
    try:
        for pid in pids:
            group = (V2 if is_v2 else V1) / f"workshop-load-{pid}-{next(numbers)}"
            group.mkdir()
            groups.append(group)
            if is_v2:
                (group / "cpu.max").write_text(f"{quota} {PERIOD}", "utf-8")
            else:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD), "utf-8")
                (group / "cpu.cfs_quota_us").write_text(str(quota), "utf-8")
            _move(group, [pid])
    except OSError:
        return False
    return True


def _move(group, pids):
    for pid in pids:
        (group / "cgroup.procs").write_text(str(pid), "utf-8")

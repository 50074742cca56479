"""Used by every scenario: let a group settle, reach a member, leave."""

import time
from collections.abc import Sequence

from bench.layers.worker import Worker

MARKER = 1_000_000  # the number of an event that marks the end
PROBES = 0.25  # seconds between attempts to reach a member


async def settle(sender: Worker, receivers: Sequence[Worker], within: float) -> None:
    """Send an event to one member in each process, to make sure that all connections are open."""
    for number, receiver in enumerate(receivers):
        group = f"settle-{number}"
        await receiver.call("join", group=group)
        await reach(sender, receiver, group, within)
        await leave([receiver], group)


async def reach(sender: Worker, receiver: Worker, group: str, within: float) -> bool:
    """Keep sending a marker until a member receives it, or can't any more."""
    deadline = time.monotonic() + within
    for marker in range(MARKER, 2 * MARKER):
        before = len(await numbers_of(receiver, group))
        await sender.call("send", group=group, first=marker, within=4 * PROBES)
        await receiver.call("wait", group=group, least=before + 1, within=PROBES)
        if any(number >= MARKER for number in await numbers_of(receiver, group)):
            return True
        if await receiver.call("errors", group=group) or time.monotonic() > deadline:
            return False


async def numbers_of(receiver: Worker, group: str) -> list[int]:
    """Return the numbers of the events received by a group's only member."""
    (events,) = await receiver.call("events", group=group)
    return [number for _, number, _ in events]


async def leave(workers: Sequence[Worker], group: str) -> None:
    """Empty a group."""
    for worker in workers:
        await worker.call("leave", group=group)

"""Delivery between processes, and the order of events."""

import asyncio
from dataclasses import dataclass

from bench.layers.groups import leave, numbers_of, settle
from bench.layers.trial import TrialOnLayer
from bench.layers.worker import LayerFailed, run_script

MEMBERS = 5  # in each receiving process
CALLS = 3  # calls of async_to_sync, each of which creates an event loop
BATCH = 20  # events in flight at most: far fewer than any layer keeps


@dataclass(frozen=True)
class Delivered:
    """How many of `sent` events reached `members` members."""

    sent: int
    members: int
    lost: int
    doubled: int
    swapped: int


async def between_processes(trial: TrialOnLayer, events: int, within: float) -> dict:
    """Send from one process to members in two others. Counts lost and duplicate events.

    `settled`: one member in each process has received something before the others join. `at_once`:
    all members join at the same moment, as the first ones in new processes.
    """
    settled = [await trial.new_worker(), await trial.new_worker()]
    if not trial.is_shared:
        await settle(trial.sender, settled, within)
    at_once = [await trial.new_worker(), await trial.new_worker()]
    return {
        "settled": await _send_to_all(trial, settled, events, within),
        "at_once": await _send_to_all(trial, at_once, events, within),
    }


async def _send_to_all(trial, receivers, events, within) -> dict:
    group = trial.group()
    joining = [receiver.call("join", group=group, members=MEMBERS) for receiver in receivers]
    await asyncio.gather(*joining)
    sent = await _send_in_batches(trial.sender, receivers, group, events, within)
    found = count_errors(await _events(receivers, group), sent)
    await leave(receivers, group)
    return vars(found)


async def from_script(trial: TrialOnLayer, within: float) -> dict:
    """Send with `async_to_sync` from a process without an event loop. Counts what arrives."""
    await settle(trial.sender, trial.receivers, within)
    group = trial.group()
    await trial.one.call("join", group=group)
    raised = ""
    try:
        await asyncio.to_thread(run_script, trial.settings, "send", group, CALLS)
    except LayerFailed as error:
        raised = str(error)
    await trial.one.call("wait", group=group, least=CALLS, within=1 if raised else within)
    arrived = len(await numbers_of(trial.one, group))
    await leave([trial.one], group)
    return {"sent": CALLS, "arrived": arrived, "raised": raised}


async def in_order(trial: TrialOnLayer, events: int, within: float) -> dict:
    """Return how many events arrive after a later one, in one group and over several routes."""
    await settle(trial.sender, trial.receivers, within)
    group = trial.group()
    await trial.one.call("join", group=group)
    sent = await _send_in_batches(trial.sender, [trial.one], group, events, within)
    one_way = count_errors(await _events([trial.one], group), sent)
    await leave([trial.one], group)
    mixed = await _mixed(trial, events, within)
    return {"sent": sent, "swapped": one_way.swapped, "mixed_swapped": mixed}


async def _mixed(trial: TrialOnLayer, events: int, within: float) -> int:
    """Send in turn to two groups and to the member itself. Returns how many events are late."""
    first, second = trial.group(), trial.group()
    (channel,) = await trial.one.call("join", group=first)
    await trial.one.call("add", group=first, other=second)
    for start in range(0, events, BATCH):
        count = min(BATCH, events - start)
        await trial.sender.call(
            "send_mixed", groups=[first, second], channel=channel, first=start, count=count
        )
        if not await trial.one.call("wait", group=first, least=start + count, within=within):
            break
    found = await _events([trial.one], first)
    await leave([trial.one], first)
    return _swapped(found[0])


async def _send_in_batches(sender, receivers, group, events, within) -> int:
    """Send no faster than all can keep up. Returns how many were sent before anyone missed one."""
    for start in range(0, events, BATCH):
        count = min(BATCH, events - start)
        await sender.call("send", group=group, first=start, count=count)
        asked = [
            receiver.call("wait", group=group, least=start + count, within=within)
            for receiver in receivers
        ]
        if not all(await asyncio.gather(*asked)):
            return start + count
    return events


async def _events(receivers, group) -> list[list]:
    """Return the numbers each member received, in order of arrival."""
    found = []
    for receiver in receivers:
        for events in await receiver.call("events", group=group):
            found.append([number for _, number, _ in events])
    return found


def count_errors(found: list[list[int]], sent: int) -> Delivered:
    """Compare the numbers each member received with those sent, which start at 0."""
    lost = sum(sent - len(set(numbers)) for numbers in found)
    doubled = sum(len(numbers) - len(set(numbers)) for numbers in found)
    swapped = sum(_swapped(numbers) for numbers in found)
    return Delivered(sent, len(found), lost, doubled, swapped)


def _swapped(numbers: list[int]) -> int:
    """Return how many of the numbers come after a higher one."""
    highest, late = -1, 0
    for number in numbers:
        late += number < highest
        highest = max(highest, number)
    return late

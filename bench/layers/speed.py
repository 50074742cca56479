"""How fast a layer is: the delay of one event, and deliveries per second."""

import asyncio
import math
from collections.abc import Sequence

from bench.layers.groups import leave, settle
from bench.layers.trial import TrialOnLayer

MEMBERS = 10  # in each receiving process
BATCH = 50  # events in flight at most, so no layer drops any
AT_ONCE = 5  # consumers that send at the same time
EVERY = 0.01  # seconds between measured events


async def delay(trial: TrialOnLayer, events: int, within: float) -> dict:
    """Send at a low, fixed rate. Returns the median and 99th percentile, in milliseconds."""
    await settle(trial.sender, trial.receivers, within)
    group = trial.group()
    await trial.one.call("join", group=group)
    await trial.sender.call("send", group=group, count=BATCH, every=EVERY)  # connections open
    await trial.sender.call("send", group=group, first=BATCH, count=events, every=EVERY)
    await trial.one.call("wait", group=group, least=BATCH + events, within=within)
    (found,) = await trial.one.call("events", group=group)
    await leave([trial.one], group)
    delays = [1000 * delay for _, number, delay in found if number >= BATCH]
    return {"p50": percentile(delays, 50), "p99": percentile(delays, 99), "events": len(delays)}


async def deliveries(trial: TrialOnLayer, events: int, within: float) -> dict:
    """Send as fast as the members can keep up. Returns deliveries per second."""
    await settle(trial.sender, trial.receivers, within)
    group = trial.group()
    for receiver in trial.receivers:
        await receiver.call("join", group=group, members=MEMBERS)
    started = asyncio.get_running_loop().time()
    arrived = 0
    for start in range(0, events, BATCH):
        await trial.sender.call("send", group=group, first=start, count=BATCH, at_once=AT_ONCE)
        asked = [
            receiver.call("wait", group=group, least=start + BATCH, within=within)
            for receiver in trial.receivers
        ]
        if not all(await asyncio.gather(*asked)):
            break
        arrived += BATCH * MEMBERS * len(trial.receivers)
    seconds = asyncio.get_running_loop().time() - started
    await leave(trial.receivers, group)
    return {"per_second": arrived / seconds, "members": MEMBERS * len(trial.receivers)}


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that `share` per cent of the values don't exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * share / 100) - 1, 0)]

"""If a consumer receives nothing for a long time, is it still a member of its group?"""

import asyncio

from bench.layers.groups import leave, settle
from bench.layers.trial import TrialOnLayer

EXPIRY = 1  # group_expiry in seconds, instead of a day
EXPIRED = 3  # seconds after which a membership must have expired


async def idle(trial: TrialOnLayer, seconds: float, within: float) -> dict:
    """Stay silent for `seconds`, then send one event. Returns whether the members got it."""
    await settle(trial.sender, trial.receivers, within)
    group = trial.group()
    for receiver in trial.receivers:
        await receiver.call("join", group=group)
    await asyncio.sleep(seconds)
    await trial.sender.call("send", group=group)
    asked = [
        receiver.call("wait", group=group, least=1, within=within) for receiver in trial.receivers
    ]
    heard = all(await asyncio.gather(*asked))
    errors = [
        error
        for receiver in trial.receivers
        for error in await receiver.call("errors", group=group)
    ]
    await leave(trial.receivers, group)
    return {"seconds": seconds, "heard": heard, "errors": errors}


async def expiry(trial: TrialOnLayer, within: float) -> dict:
    """Return whether a member still gets its group's events after `group_expiry`."""
    await settle(trial.sender, trial.receivers, within)
    group = trial.group()
    await trial.one.call("join", group=group)
    await asyncio.sleep(EXPIRED)
    await trial.sender.call("send", group=group)
    heard = await trial.one.call("wait", group=group, least=1, within=within)
    await leave([trial.one], group)
    return {"heard": heard}

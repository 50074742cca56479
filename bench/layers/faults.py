"""What happens when something goes wrong: consumers that are too slow, an engine that restarts."""

import asyncio
import contextlib
import time
from collections import Counter

from bench.layers.groups import MARKER, leave, numbers_of, reach, settle
from bench.layers.trial import TrialOnLayer
from bench.layers.worker import LayerFailed

EVENTS = 300  # three times the default capacity of every layer that has one
BATCH = 50  # events sent before a reading consumer must have received them
ROUNDS = EVENTS // BATCH
WAITING = 10  # events waiting in the layer while its engine restarts


async def overflow(trial: TrialOnLayer, within: float) -> dict:
    """Exceed the capacity of a consumer whose handler doesn't return.

    `alone`: nothing else in its process reads. `beside`: another member in the same process reads
    each event before the next one is sent. `direct`: `send` to its channel, without a group.
    """
    await settle(trial.sender, trial.receivers, within)
    return {
        "sent": EVENTS,
        "alone": await _alone(trial, within),
        "beside": await _beside(trial, within),
        "direct": await _direct(trial, within),
    }


async def restart(trial: TrialOnLayer, within: float) -> dict:
    """Restart the engine while consumers wait. Returns what they and the sender notice."""
    await settle(trial.sender, trial.receivers, within)
    quiet, stalled = trial.group(), trial.group()
    await trial.one.call("join", group=quiet)
    await trial.other.call("join", group=stalled, stalls_after=1)
    await trial.sender.call("send", group=quiet)
    await trial.one.call("wait", group=quiet, least=1, within=within)
    await _stall(trial.sender, trial.other, stalled, within)
    await trial.sender.call("send", group=stalled, first=1, count=WAITING)
    trial.engine.stop()
    sending = asyncio.create_task(trial.sender.call("send", group=quiet, first=1, within=within))
    done, _ = await asyncio.wait([sending], timeout=within / 2)
    trial.engine.start()
    started = time.monotonic()
    raised = (await sending)["raised"]
    survives = await reach(trial.sender, trial.one, quiet, within)
    seconds = time.monotonic() - started
    return {
        "while_down": {"waited": not done, "raised": raised},
        "kept_while_down": 1 in await numbers_of(trial.one, quiet),
        "survives": survives,
        "error": next(iter(await trial.one.call("errors", group=quiet)), ""),
        "seconds": seconds if survives else None,
        "waiting_kept": await _waiting_kept(trial, stalled, within),
        "rejoins": survives or await _rejoin(trial, within),
    }


async def _alone(trial, within) -> dict:
    slow, quick = trial.group(), trial.group()
    await trial.one.call("join", group=slow, stalls_after=1)
    if not trial.is_shared:
        await trial.other.call("join", group=quick)
        await trial.other.call("add", group=quick, other=slow)
    await _stall(trial.sender, trial.one, slow, within)
    await _forget_logs(trial)
    raised = await _send_in_batches(trial, slow, quick, within)
    others = None if trial.is_shared else len(await numbers_of(trial.other, quick)) - 1
    found = await _what_it_kept(trial, slow, within)
    await leave([trial.one], slow)
    if not trial.is_shared:
        await leave([trial.other], quick)
    return found | {"raised": raised, "others": others}


async def _send_in_batches(trial, slow, quick, within) -> dict:
    """Send each batch once the reader has the previous one. Returns what was raised.

    The reader's queue has a limit too, so without batches it could lose events on a busy machine.
    """
    raised = Counter()
    for first in range(1, EVENTS + 1, BATCH):
        sent = await trial.sender.call("send", group=slow, first=first, count=BATCH)
        raised += sent["raised"]
        if not trial.is_shared:
            least = first + BATCH
            await trial.other.call("wait", group=quick, least=least, within=within / ROUNDS)
    return dict(raised)


async def _beside(trial, within) -> dict:
    """Also return how many events the neighbour got before it stopped receiving."""
    slow, quick = trial.group(), trial.group()
    await trial.one.call("join", group=slow, stalls_after=1)
    await trial.one.call("join", group=quick)
    await trial.one.call("add", group=quick, other=slow)
    await _stall(trial.sender, trial.one, slow, within)
    await _forget_logs(trial)
    number = 0
    for number in range(1, EVENTS + 1):
        await trial.sender.call("send", group=slow, first=number)
        if not await trial.one.call("wait", group=quick, least=number + 1, within=within):
            number -= 1
            break
    found = await _what_it_kept(trial, slow, within)
    await leave([trial.one], quick)
    await leave([trial.one], slow)
    return found | {"neighbour": number}


async def _direct(trial, within) -> dict:
    slow = trial.group()
    (channel,) = await trial.one.call("join", group=slow, stalls_after=1)
    await _stall(trial.sender, trial.one, slow, within)
    await _forget_logs(trial)
    sent = await trial.sender.call("send", channel=channel, first=1, count=EVENTS)
    found = await _what_it_kept(trial, slow, within)
    await leave([trial.one], slow)
    return found | {"raised": sent["raised"]}


async def _stall(sender, receiver, group, within) -> None:
    """Send the event that makes a handler hang."""
    await sender.call("send", group=group, first=0)
    await receiver.call("wait", group=group, least=1, within=within)


async def _what_it_kept(trial, group, within) -> dict:
    """Let the slow member continue. Returns which events are left, and what was logged."""
    await trial.one.call("go_on", group=group)
    await reach(trial.sender, trial.one, group, within)
    kept = [number for number in await numbers_of(trial.one, group) if 0 < number < MARKER]
    logs = [line for worker in trial.processes for line in await worker.call("log")]
    return {"kept": kept, "log": logs[:1], "errors": await trial.one.call("errors", group=group)}


async def _waiting_kept(trial, group, within) -> int:
    """Return how many of the events waiting in the layer its consumer still gets."""
    await trial.other.call("go_on", group=group)
    await reach(trial.sender, trial.other, group, within)
    return len([number for number in await numbers_of(trial.other, group) if 0 < number < MARKER])


async def _rejoin(trial, within) -> bool:
    """Return whether a new member receives anything. Like a page, it retries until it works."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        group = trial.group()
        with contextlib.suppress(LayerFailed):
            await trial.one.call("join", group=group)
            if await reach(trial.sender, trial.one, group, within / 2):
                return True
    return False


async def _forget_logs(trial) -> None:
    for worker in trial.processes:
        await worker.call("log")

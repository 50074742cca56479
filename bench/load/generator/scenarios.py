"""The scenarios. Each lets members act, measures part of that, and returns figures."""

import asyncio
import gc

from bench.load.generator import senders as pacing
from bench.load.generator import usage
from bench.load.generator.scenario import Scenario
from bench.load.generator.timing import Deliveries


async def talk(scenario: Scenario) -> dict:
    """The members send: in a closed loop with a window, at a fixed rate, or in one burst."""
    request = scenario.request
    await scenario.connect(attempts=request.get("attempts", 1))
    if scenario.failures:
        count = f"{scenario.failures} of {len(scenario.members)} members"
        raise ConnectionError(f"{count} could not enter: {scenario.first_failure}")
    await scenario.probe()
    scenario.appoint_senders(request["senders"], request.get("window", 0))
    gc.collect()
    gc.disable()
    extra = {}
    if request.get("burst"):
        scenario.take_usage("start")
        await pacing.burst(scenario.senders, request["burst"])
        await scenario.drain()
        scenario.take_usage("end")
    else:
        extra = await _paced(scenario, request.get("warm", 0.0), request.get("seconds", 0.0))
    return scenario.result() | extra


async def _paced(scenario: Scenario, warm: float, seconds: float) -> dict:
    """Send for `warm` seconds, then measure while sending for `seconds`."""
    loop = asyncio.get_running_loop()
    loop.call_later(warm, scenario.take_usage, "start")
    loop.call_later(warm + seconds, scenario.take_usage, "end")
    extra = {}
    duration = warm + seconds + 0.05
    if rate := scenario.request.get("rate"):
        worst_delay = await pacing.open_loop(scenario.senders, duration, rate)
        extra["late_ms"] = round(worst_delay * 1000, 3)
    else:
        await pacing.closed_loop(scenario.senders, duration)
    await scenario.drain()
    return extra


async def storm(scenario: Scenario) -> dict:
    """Let everybody enter at once."""
    scenario.take_usage("start")
    seconds = await scenario.connect(together=len(scenario.members))
    scenario.take_usage("end")
    await scenario.probe()
    return _entries(scenario, seconds)


async def enter(scenario: Scenario) -> dict:
    """Fill empty rooms, and let the server finish all the work that the entries cause."""
    scenario.take_usage("start")
    seconds = await scenario.connect()
    scenario.take_usage("end")
    per_second = _entries(scenario, seconds)["entries_per_s"]
    await scenario.calm_down()
    scenario.take_usage("end")
    return _entries(scenario, seconds) | {"entries_per_s": per_second}


async def idle(scenario: Scenario) -> dict:
    """Let one member enter, then all the others, and then send nothing."""
    everybody = scenario.members
    scenario.members = everybody[:1]
    await scenario.connect()
    await scenario.probe()
    before = {key: usage.memory(pids) for key, pids in scenario.pids.items()}
    scenario.members = everybody[1:]
    scenario.take_usage("start")
    seconds = await scenario.connect()
    scenario.take_usage("end")
    result = _entries(scenario, seconds)
    await scenario.calm_down()
    after = {key: usage.memory(pids) for key, pids in scenario.pids.items()}
    gained = {key: (after[key] - before[key]) / max(1, len(seconds)) for key in after}
    scenario.take_usage("start")
    await asyncio.sleep(scenario.request["seconds"])
    scenario.take_usage("end")
    scenario.members = everybody
    idle_seconds = scenario.used("time")
    return result | {
        "bytes_each": {key: round(value) for key, value in gained.items()},
        "cpu_share": {key: round(scenario.used(key) / idle_seconds, 4) for key in scenario.pids},
        "dropped": sum(member.dropped for member in everybody),
    }


def _entries(scenario: Scenario, taken: list[float]) -> dict:
    """Return the figures for members who entered between "start" and "end"."""
    taken = sorted(taken)
    seconds, count = scenario.used("time"), len(taken)
    chosen = {f"p{part}": taken[min(count - 1, count * part // 100)] for part in (50, 95, 99)}
    milliseconds = {name: round(value * 1000, 2) for name, value in chosen.items()}
    return {
        "entered": count,
        "failed": scenario.failures,
        "seconds": round(seconds, 3),
        "entries_per_s": round(count / seconds, 1),
        "entry_ms": milliseconds,
        "entry_cpu_ms": {
            key: round(scenario.used(key) * 1000 / max(1, count), 3) for key in scenario.pids
        },
        "generator_cpu": round(scenario.used("own") / seconds, 3),
    }


async def listen(scenario: Scenario) -> dict:
    """Only the server sends, as fast as it can."""
    await scenario.connect()
    gc.disable()
    await asyncio.sleep(scenario.request["warm"])
    scenario.take_usage("start")
    await asyncio.sleep(scenario.request["seconds"])
    scenario.take_usage("end")
    logs = [member.log for member in scenario.members]
    deliveries = Deliveries(logs, scenario.book.frames, {})
    start, end = scenario.usage["start"]["time"], scenario.usage["end"]["time"]
    _, frames = deliveries.between(start, end)
    seconds = scenario.used("time")
    return {
        "frames_per_s": round(frames / seconds),
        "generator_cpu": round(scenario.used("own") / seconds, 3),
        "strayed": sum(frame.strays for frame in scenario.book.frames),
    }


SCENARIOS = {"talk": talk, "storm": storm, "enter": enter, "idle": idle, "listen": listen}


async def play(request: dict) -> dict:
    """Play the scenario described by `request`. Returns its figures."""
    scenario = Scenario(request)
    try:
        return await SCENARIOS[request["scenario"]](scenario)
    finally:
        scenario.close()

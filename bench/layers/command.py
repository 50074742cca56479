"""The `layers` command: measures every installed layer, prints tables, writes JSON."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.lab import machine
from bench.layers import delivery, engines, faults, finished_app, quiet, speed
from bench.layers.layer_catalog import MeasuredLayer, choose
from bench.layers.results import releases, tables
from bench.layers.trial import TrialOnLayer
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.base.processes import run_until_signalled

FILE = "layers.json"
SPEED_EVENTS = 10  # how many times more events than for delivery


@dataclass(frozen=True)
class LayerOptions:
    """How much to measure: `events`, `repetitions` of the speed, and `idle` seconds.

    An event that takes more than `within` seconds counts as lost.
    """

    events: int = 200
    repetitions: int = 3
    idle: float = 60
    within: float = 10


@dataclass(frozen=True)
class LayerScenario:
    """One thing to find out about a layer, in a separate trial."""

    kind: str
    run: Callable[[TrialOnLayer, LayerOptions], Awaitable[dict]]
    config: tuple[tuple[str, object], ...] = ()
    needs: Callable[[MeasuredLayer], object] = lambda layer: True


SCENARIOS = (
    LayerScenario("delivery", lambda t, o: delivery.between_processes(t, o.events, o.within)),
    LayerScenario("script", lambda t, o: delivery.from_script(t, o.within)),
    LayerScenario("order", lambda t, o: delivery.in_order(t, o.events, o.within)),
    LayerScenario("overflow", lambda t, o: faults.overflow(t, o.within)),
    LayerScenario(
        "restart", lambda t, o: faults.restart(t, o.within), needs=lambda layer: layer.engine
    ),
    LayerScenario(
        "expiry",
        lambda t, o: quiet.expiry(t, o.within),
        config=(("group_expiry", quiet.EXPIRY),),
        needs=lambda layer: layer.expires,
    ),
    LayerScenario("app", lambda t, o: finished_app.chat(t, 4 * o.within)),
)


def run(names: str, options: LayerOptions, output: Path, console: Console | None = None) -> int:
    """Measure the named layers. Returns 1 if none of them can be measured here, else 0.

    Raises UsageError for an unknown name.
    """
    console = console or Console(highlight=False)
    chosen = choose(names)
    result = run_until_signalled(_measure(chosen, options, console))
    tables.show(console, result)
    path = write(result, output).resolve()
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    console.print(f"Written: {shown}", markup=False, soft_wrap=True)
    return 0 if any(not record["missing"] for record in result["layers"]) else 1


def write(result: dict, folder: Path) -> Path:
    """Write the result, and its tables as Markdown, to `folder`. Returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    text = json.dumps(result | {"tables": tables.tables(result)}, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
    return path


async def _measure(chosen, options, console) -> dict:
    records = [_record(layer) for layer in chosen]
    playable = [
        (layer, record)
        for layer, record in zip(chosen, records, strict=True)
        if not record["missing"]
    ]
    steps = len(playable) * (len(SCENARIOS) + options.repetitions) + 2
    with _progress(console) as progress:
        task = progress.add_task("getting ready", total=steps)

        def say(text: str) -> None:
            progress.update(task, description=text, advance=1)

        say("asking the package index")
        found = releases.look_up(list(dict.fromkeys(layer.package for layer in chosen)))
        for number in range(options.repetitions):
            for layer, record in playable:
                say(f"{layer.name}: speed, {number + 1} of {options.repetitions}")
                record["speed"].append(await in_trial(layer, _speed, options))
        for layer, record in playable:
            for scenario in SCENARIOS:
                say(f"{layer.name}: {scenario.kind}")
                if scenario.needs(layer):
                    config = dict(scenario.config)
                    record[scenario.kind] = await in_trial(layer, scenario.run, options, **config)
        say(f"all: silent for {options.idle:g} s")
        await _idle(playable, options)
    described = {"machine": machine.describe(), "options": asdict(options)}
    return described | {"releases": found, "layers": records}


def _record(layer) -> dict:
    return {
        "layer": layer.name,
        "title": layer.title,
        "package": layer.package,
        "engine": layer.engine,
        "engine_version": ""
        if engines.why_missing(layer.engine)
        else engines.version(layer.engine),
        "missing": layer.why_missing(),
        "speed": [],
    }


async def _speed(trial, options) -> dict:
    events = SPEED_EVENTS * options.events
    found = await speed.delay(trial, options.events, options.within)
    return found | await speed.deliveries(trial, events, options.within)


async def _idle(playable, options) -> None:
    """Keep all layers silent at the same time, each on an engine with quick heartbeats."""

    async def one(layer, record):
        record["idle"] = await in_trial(
            layer,
            lambda trial, options: quiet.idle(trial, options.idle, options.within),
            options,
            is_hurried=True,
        )

    await asyncio.gather(*(one(layer, record) for layer, record in playable))


async def in_trial(layer, scenario, options, is_hurried=False, **config) -> dict:
    """Return a scenario's findings, or a sentence that says why it failed."""
    try:
        async with TrialOnLayer(layer, is_hurried, **config) as trial:
            return await scenario(trial, options)
    except (WorkshopError, OSError) as error:
        return {"error": " ".join(str(error).split()) or type(error).__name__}


def _progress(console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    options = {"console": console, "transient": True, "refresh_per_second": 2}
    return Progress(*columns, TimeElapsedColumn(), **options)

"""Runs steps side by side, so the load generator can measure them in one run."""

import contextlib

from bench.lab.cores import Cores
from bench.load.benchmark import Benchmark
from bench.load.target_server import TargetServer
from bench.load.targets import Target
from bench.steps.stages import Stage
from bench.steps.testbed import SETTINGS, StepTestbed


class StepTargetServer(TargetServer):
    """A server process for a measured step."""

    python_path = (SETTINGS,)


class StepBenchmark(Benchmark):
    """A benchmark of steps. They share a Redis, but not a database. It can run the app too."""

    attempts = 5  # some steps turn away a few of 50 clients at once; their pages try again

    def __init__(self, cores: Cores, stages: list[Stage]):
        super().__init__(cores)
        self.stages = {target_of(stage): stage for stage in stages}
        self.testbeds = {}

    async def __aenter__(self):
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self.testbed)
            self.redis_urls(1)
            for target, stage in self.stages.items():
                testbed = StepTestbed(stage, self.testbed.redis)
                self.testbeds[target] = await stack.enter_async_context(testbed)
            stack.push_async_callback(self._stack.aclose)
            self._everything = stack.pop_all()
        return self

    async def __aexit__(self, *error):
        await self._everything.aclose()

    def server_of(self, target, *arguments):
        kind = StepTargetServer if target in self.stages else TargetServer
        return kind(target, *arguments)

    def project_of(self, target, redis):
        if target not in self.stages:
            return super().project_of(target, redis)
        return self.stages[target].folder, self.testbeds[target].environment_for("core")

    async def cookies_for(self, target, room, people):
        if target not in self.stages:
            return await super().cookies_for(target, room, people)
        return await self.testbeds[target].app_database.make_room(room, people)

    def dialect_of(self, target):
        stage = self.stages.get(target)
        return dialect_of(stage) if stage else super().dialect_of(target)


def target_of(stage: Stage) -> Target:
    """Return a step's target. The step runs as it is, on daphne and the core layer."""
    return Target(f"step-{stage.number}", "daphne", "core")


def dialect_of(stage: Stage) -> str:
    """Return the name of the generator's dialect for a step."""
    for feature, name in DIALECTS.items():
        if stage.knows(feature):
            return name
    return "step"


DIALECTS = {"marks": "final", "delivery": "step-delivery", "history": "step-history"}

"""A scenario's setup: a layer on its engine, and processes that use it."""

import contextlib
import itertools
import tempfile
from pathlib import Path

from bench.layers import engines, worker
from bench.layers.layer_catalog import MeasuredLayer
from bench.layers.worker import Worker


class TrialOnLayer:
    """A sender and two receivers on one layer. Use it in an `async with` block.

    The in-memory layer serves only one process. With `is_shared`, the sender's process takes all
    three roles, so everything except delivery between processes can be measured there too.
    """

    def __init__(self, layer: MeasuredLayer, is_hurried: bool = False, **config: object):
        self.layer = layer
        self.is_hurried = is_hurried
        self.config = config
        self.is_shared = not layer.engine
        self.names = itertools.count(1)

    async def __aenter__(self):
        async with contextlib.AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="workshop-layers-"))
            self.folder = Path(folder)
            server = engines.private(self.layer.engine, self.is_hurried)
            self.engine = stack.enter_context(server)
            self.settings = self.layer.settings(self.engine.url if self.engine else "")
            self.settings["CHANNEL_LAYERS"]["default"]["CONFIG"] |= self.config
            if self.layer.apps:
                worker.run_script(self.settings, "migrate")
            self._stack = await stack.enter_async_context(contextlib.AsyncExitStack())
            await self._start_workers()
            self._outer = stack.pop_all()
        return self

    async def __aexit__(self, *error):
        await self._outer.aclose()

    async def new_worker(self) -> Worker:
        """Start one more process, and stop it at the end of the trial."""
        log = self.folder / "log.txt"
        return await self._stack.enter_async_context(Worker(self.settings, log))

    async def _start_workers(self) -> None:
        self.sender = await self.new_worker()
        self.one = self.sender if self.is_shared else await self.new_worker()
        self.other = self.sender if self.is_shared else await self.new_worker()

    @property
    def receivers(self) -> list[Worker]:
        """The receiving processes, each listed once."""
        return [self.one] if self.one is self.other else [self.one, self.other]

    @property
    def processes(self) -> list[Worker]:
        """All processes, each listed once."""
        return [self.sender] if self.is_shared else [self.sender, self.one, self.other]

    def group(self) -> str:
        """Return the name of a new group."""
        return f"group-{next(self.names)}"

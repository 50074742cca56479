"""Background tasks: keep a reference to each while it runs, log its errors, debounce a call."""

import asyncio
import logging
import math
import time

logger = logging.getLogger(__name__)

REPEAT_SECONDS = 10

tasks = set()
faults = {}  # {(what failed, error type): (when it was logged, repeats since then)}


def spawn(coroutine):
    """Run `coroutine` in the background and return its task."""
    task = asyncio.create_task(log_errors(coroutine, coroutine.__qualname__))
    tasks.add(task)  # the event loop itself only keeps weak references
    task.add_done_callback(tasks.discard)
    return task


async def log_errors(coroutine, what):
    """Return the result of `coroutine`, or log that `what` failed and return None."""
    try:
        return await coroutine
    except Exception as error:
        log_error(what, error)
        return None


def log_error(what, error):
    """Log that `what` failed, with a traceback. If it keeps failing, log it every ten seconds."""
    fault = (what, type(error))
    now = time.monotonic()
    logged_at, repeats = faults.get(fault, (-math.inf, 0))
    if now - logged_at < REPEAT_SECONDS:
        faults[fault] = (logged_at, repeats + 1)
        return
    faults[fault] = (now, 0)
    count = f" ({repeats} more since the last log)" if repeats else ""
    logger.warning("%s failed%s: %r", what, count, error, exc_info=error)


class Worker:
    """Runs `work`, a coroutine function, in the background when woken, but never twice at once.

    `work` loops until nothing is left to do, so it also handles whatever arrives while it runs.
    """

    def __init__(self, work):
        self.work = work
        self.task = None

    def wake(self):
        """Make sure that it is running."""
        if self.task is None or self.task.done():
            self.task = spawn(self.work())


class SharedCall:
    """Calls `function`, a coroutine function, with all keys that are asked for at the same time.

    `function` gets a set of keys and returns {key: result}. A key that is asked for while it runs
    waits for the next call.
    """

    def __init__(self, function):
        self.function = function
        self.waiting = {}  # {key: the future of its result}
        self.worker = Worker(self.call)

    async def get(self, key):
        """Return the result for `key`, or raise what the call raises."""
        future = self.waiting.get(key)
        if future is None:
            future = self.waiting[key] = asyncio.get_running_loop().create_future()
        self.worker.wake()
        return await asyncio.shield(future)

    async def call(self):
        """Call the function until nobody waits."""
        while self.waiting:
            waiting = self.waiting
            self.waiting = {}
            try:
                results = await self.function(set(waiting))
            except Exception as error:
                for future in waiting.values():
                    future.set_exception(error)
            else:
                for key, future in waiting.items():
                    future.set_result(results[key])


class DelayedCall:
    """Debounces a function: calls it once, shortly after any number of `schedule` calls."""

    def __init__(self, function, get_delay):
        self.function = function
        self.get_delay = get_delay  # a function, because the time may depend on the room
        self.task = None

    def schedule(self):
        """Make sure that a call is scheduled."""
        if self.task is None or self.task.done():
            self.task = spawn(self.wait_and_call())

    async def wait_and_call(self):
        """Wait while updates collect, then call the function."""
        await asyncio.sleep(self.get_delay())
        self.task = None  # so the function itself may schedule another call
        self.function()

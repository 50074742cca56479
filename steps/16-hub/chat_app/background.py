import asyncio
import logging

logger = logging.getLogger(__name__)

tasks = set()


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
    except Exception:
        logger.warning("%s failed", what, exc_info=True)
        return None

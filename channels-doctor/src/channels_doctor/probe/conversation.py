"""Talks to the doctor in JSON lines: requests on stdin, answers on the original stdout.

Anything that the project itself prints goes to stderr instead.
"""

import asyncio
import json
import os
import sys
import threading


class Conversation:
    """`await heard()` returns the doctor's next message, or None at the end; `say(...)` answers."""

    def __init__(self):
        self.out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self.messages = asyncio.Queue()
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._listen, args=(loop,), daemon=True).start()

    def _listen(self, loop):
        for line in sys.stdin:
            loop.call_soon_threadsafe(self.messages.put_nowait, json.loads(line))
        loop.call_soon_threadsafe(self.messages.put_nowait, None)

    async def heard(self):
        return await self.messages.get()

    def say(self, **message):
        self.out.write(json.dumps(message) + "\n")
        self.out.flush()


def words(error):
    """Describe `error`, and the innermost error that caused it."""
    chain, seen = [], error
    while seen is not None and len(chain) < 10:
        chain.append(f"{type(seen).__module__}.{type(seen).__name__}")
        seen = seen.__cause__ or seen.__context__
    return {
        "type": type(error).__name__,
        "module": type(error).__module__,
        "text": str(error),
        "chain": chain,
    }

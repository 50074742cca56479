"""The frames that are waiting to be sent to one socket."""

import asyncio
from contextlib import suppress

from chat_app.background import spawn
from chat_app.flow_control import wait_for_reader

MAX_SIZE = 1_048_576  # characters
FRAME_SIZE = 500  # roughly what a frame costs in addition to its text


class SendQueueFull(Exception):
    """Too much waits for this reader."""


class SendQueue:
    """Sends frames in order, in a background task, and limits how much may wait."""

    def __init__(self, send):
        self.send = wait_for_reader(send)  # the ASGI server's
        self.frames = asyncio.Queue()
        self.size = 0
        self.task = spawn(self.run())

    def put(self, frame):
        """Queue a frame, or raise SendQueueFull."""
        self.size += len(frame) + FRAME_SIZE
        if self.size > MAX_SIZE:
            raise SendQueueFull
        self.frames.put_nowait(frame)

    async def run(self):
        """Send until the connection breaks."""
        with suppress(OSError):
            while True:
                frame = await self.frames.get()
                await self.send({"type": "websocket.send", "text": frame})
                self.size -= len(frame) + FRAME_SIZE
                self.frames.task_done()

    async def drain(self):
        """Wait until the connection has taken every frame."""
        await self.frames.join()

    def close(self):
        """Stop sending, and drop the frames that are still waiting."""
        self.task.cancel()

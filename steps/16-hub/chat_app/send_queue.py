import asyncio
from contextlib import suppress

from django.conf import settings


class SendQueue:
    """Sends frames in order, in a task, and limits how many may wait."""

    def __init__(self, send):
        self.send = send  # the ASGI server's
        self.frames = asyncio.Queue(settings.CHAT["UNSENT_FRAMES"])
        self.task = asyncio.create_task(self.run())

    def put(self, frame):
        """Queue a frame. Raises asyncio.QueueFull if too many wait for this reader."""
        self.frames.put_nowait(frame)

    async def run(self):
        """Send until the connection breaks."""
        with suppress(OSError):
            while True:
                frame = await self.frames.get()
                await self.send({"type": "websocket.send", "text": frame})

    def close(self):
        """Stop sending, and drop the frames that are still waiting."""
        self.task.cancel()

from asyncio import Event, QueueFull, create_task
from collections import deque

from django.conf import settings


class SendQueue:
    """A deque of frames, and an event that says that there are some."""

    def __init__(self, send):
        self.send = send
        self.waiting = deque()
        self.is_filled = Event()
        self.task = create_task(self.run())

    def put(self, frame):
        if len(self.waiting) >= settings.CHAT["UNSENT_FRAMES"]:
            raise QueueFull
        self.waiting.append(frame)
        self.is_filled.set()

    async def run(self):
        while True:
            await self.is_filled.wait()
            self.is_filled.clear()
            while self.waiting:
                await self.send({"type": "websocket.send", "text": self.waiting[0]})
                self.waiting.popleft()

    def close(self):
        self.task.cancel()

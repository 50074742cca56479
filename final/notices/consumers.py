"""The socket that tells a page what's new in all of its user's rooms."""

import time

from chat_app import protocol, rights
from chat_app.background import spawn
from chat_app.lean_consumer import LeanWebsocketConsumer
from chat_app.send_queue import SendQueue, SendQueueFull
from notices.live import live_counts

REPEAT_SECONDS = 20  # after 30 seconds without a frame, a page treats the connection as dead
UNEXPECTED = 4400  # the close code for a client that sends anything


class NoticesConsumer(LeanWebsocketConsumer):
    """Sends the numbers of unread messages and mentions; the first frame is the `welcome`.

    After that, it sends a `counts` frame when they change, and from time to time even if they
    don't, so that the page notices a dead connection.
    """

    def __init__(self):
        super().__init__()
        self.session_key = None
        self.user_id = None
        self.send_queue = None
        self.shown = None  # what the page has been sent
        self.told_at = 0
        self.ended = False

    async def __call__(self, scope, receive, send):
        """Serve the socket, and clean up however it ends."""
        self.session_key = rights.read_session_key(scope["cookies"])
        self.send_queue = SendQueue(send)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.clean_up()

    def clean_up(self):
        """Give back what the socket holds."""
        self.ended = True
        self.send_queue.close()
        live_counts.leave(self)

    async def connect(self):
        """Accept the socket first, because otherwise no close code arrives."""
        await self.accept()
        live_counts.join(self)

    async def receive(self, text_data=None, bytes_data=None):
        """Pages aren't expected to send anything here."""
        self.end(UNEXPECTED)

    def show(self, rooms):
        """Tell the page what's unread, unless it already knows."""
        now = time.monotonic()
        if rooms == self.shown and now - self.told_at < REPEAT_SECONDS:
            return
        kind = "welcome" if self.shown is None else "counts"
        self.shown = rooms
        self.told_at = now
        try:
            self.send_queue.put(protocol.encode(kind, rooms=rooms))
        except SendQueueFull:
            self.end(protocol.TOO_SLOW)

    def end(self, code):
        """Close the socket once, with a code that gives the reason."""
        if not self.ended:
            self.clean_up()
            spawn(self.close(code))

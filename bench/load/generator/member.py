"""One member of a room: a socket that records what arrives, and may send."""

import asyncio
import time

from picows import WSListener, WSMsgType, ws_connect

from bench.load.generator import dialects
from bench.load.generator.frames import FrameBook, ReceivedLog
from bench.load.generator.texts import PROBE

REPORT_SECONDS = 0.3  # until a read mark is reported, as in the page
CONNECT_SECONDS = 30


class Member(WSListener):
    """Enters with `connect`. `returned(count)` is called when its own texts have come back."""

    def __init__(self, book: FrameBook, url: str, cookie: str, room: int, number: int):
        self.book = book
        self.url = url
        self.cookie = cookie
        self.room = room
        self.number = number
        self.dialect = book.dialect
        self.log = ReceivedLog()
        self.count = 0  # of texts that arrived
        self.last = book.nothing  # the last frame with texts
        self.parts = []  # of a text in several frames
        self.transport = None
        self.ready = asyncio.Event()
        self.probed = False
        self.dropped = True
        self.returned = None
        self.seq = 0
        self.reporting = None

    async def connect(self) -> float:
        """Enter the room. Returns how many seconds that took. Raises OSError or TimeoutError."""
        began = time.perf_counter()
        self.ready.clear()
        await ws_connect(
            lambda: self,
            self.url,
            extra_headers=self.dialect.headers(self.url, self.cookie),
            websocket_handshake_timeout=CONNECT_SECONDS,
        )
        if self.dialect.greeting:
            self.send(self.dialect.greeting)
        if self.dialect.says_when_ready:
            await asyncio.wait_for(self.ready.wait(), CONNECT_SECONDS)
        if self.dropped:
            raise ConnectionError("The server closed the connection.")
        return time.perf_counter() - began

    def send(self, payload: str) -> None:
        self.transport.send(WSMsgType.TEXT, payload.encode())

    def close(self) -> None:
        if self.reporting:
            self.reporting.cancel()
        if self.transport and not self.dropped:
            self.dropped = True
            self.transport.disconnect(graceful=False)

    def on_ws_connected(self, transport):
        self.transport, self.dropped = transport, False

    def on_ws_disconnected(self, transport):
        if transport is self.transport:  # not one of an earlier attempt
            self.dropped = True
            self.ready.set()

    def on_ws_frame(self, transport, frame, TEXT=WSMsgType.TEXT, now=time.perf_counter):
        if frame.msg_type != TEXT or not frame.fin:
            return self.on_other_frame(frame)
        self.take(frame.get_payload_as_bytes(), now())

    def take(self, payload, moment):
        """Record a payload. Usually it's the one that the previous member got, which is cheap."""
        frame = self.last.next
        if frame is None or frame.payload != payload:
            frame = self.book.look_up(payload)
            if frame.kind is dialects.TEXTS:
                self.last.next = frame
        if frame.kind is not dialects.TEXTS:
            return self.on_other_payload(frame)
        self.last = frame
        self.log.indexes.append(frame.index)
        self.log.times.append(moment)
        self.count += frame.size
        if self.returned and self.number in frame.own:
            self.returned(frame.own[self.number])
        if frame.seqs:
            self.report(frame.seqs[-1])

    def on_other_payload(self, frame):
        if frame.kind == dialects.READY:
            self.ready.set()
        elif frame.kind == dialects.PING:
            self.send("3")
        elif frame.kind == PROBE:
            self.probed = True

    def on_other_frame(self, frame):
        """Handle part of a text, or the end of the connection."""
        if frame.msg_type == WSMsgType.CLOSE:
            self.dropped = True
            self.ready.set()
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self.parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                payload, self.parts = b"".join(self.parts), []
                self.take(payload, time.perf_counter())

    def report(self, seq):
        """Report the user's read mark a moment later, as the page does."""
        self.seq = seq
        if self.reporting is None and self.dialect.reports_seen:
            loop = asyncio.get_running_loop()
            self.reporting = loop.call_later(REPORT_SECONDS, self.report_now)

    def report_now(self):
        self.reporting = None
        if not self.dropped:
            self.send(self.dialect.reports_seen.format(self.seq))

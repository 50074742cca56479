"""One member of a room: a socket that notes what comes, and may send."""

import asyncio
import time

from picows import WSListener, WSMsgType, ws_connect

from workshop.load.generator import dialects
from workshop.load.generator.frames import Book, Log
from workshop.load.generator.texts import PROBE

REPORT_SECONDS = 0.3  # as the page does: until what was seen is reported
CONNECT_SECONDS = 30


class Member(WSListener):
    """Joins with `connect`. `returned(count)` is called when texts of its own have come back."""

    def __init__(self, book: Book, address: str, cookie: str, room: int, number: int):
        self.book, self.address, self.cookie = book, address, cookie
        self.room, self.number = room, number
        self.dialect, self.log, self.count = book.dialect, Log(), 0
        self.last, self.parts, self.transport = book.nothing, [], None
        self.ready, self.probed, self.dropped = asyncio.Event(), False, True
        self.returned = None
        self.seq, self.reporting = 0, None

    async def connect(self) -> float:
        """Enter the room; return how many seconds that took. Raises OSError or TimeoutError."""
        began = time.perf_counter()
        await ws_connect(
            lambda: self,
            self.address,
            extra_headers=self.dialect.headers(self.address, self.cookie),
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
        self.dropped = True
        self.ready.set()

    def on_ws_frame(self, transport, frame, TEXT=WSMsgType.TEXT, now=time.perf_counter):
        if frame.msg_type != TEXT or not frame.fin:
            return self.on_other(frame)
        self.take(frame.get_payload_as_bytes(), now())

    def take(self, payload, moment):
        """Note a payload: mostly the one that a neighbour has got, then this is all it takes."""
        frame = self.last.then
        if frame is None or frame.payload != payload:
            frame = self.book.look_up(payload)
            if frame.kind is dialects.TEXTS:
                self.last.then = frame
        if frame.kind is not dialects.TEXTS:
            return self.hear(frame)
        self.last = frame
        self.log.indexes.append(frame.index)
        self.log.times.append(moment)
        self.count += frame.size
        if self.returned and self.number in frame.own:
            self.returned(frame.own[self.number])
        if frame.seqs:
            self.report(frame.seqs[-1])

    def hear(self, frame):
        if frame.kind == dialects.READY:
            self.ready.set()
        elif frame.kind == dialects.PING:
            self.send("3")
        elif frame.kind == PROBE:
            self.probed = True

    def on_other(self, frame):
        """A part of a text, or the end."""
        if frame.msg_type == WSMsgType.CLOSE:
            self.dropped = True
            self.ready.set()
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self.parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                payload, self.parts = b"".join(self.parts), []
                self.take(payload, time.perf_counter())

    def report(self, seq):
        """Say how far the person has seen, as the page does."""
        self.seq = seq
        if self.reporting is None and self.dialect.reports_seen:
            loop = asyncio.get_running_loop()
            self.reporting = loop.call_later(REPORT_SECONDS, self.report_now)

    def report_now(self):
        self.reporting = None
        if not self.dropped:
            self.send(self.dialect.reports_seen.format(self.seq))

"""Pacing: a closed loop with a window, an open loop at a fixed rate, a burst."""

import asyncio
import time
from array import array

from bench.load.generator.member import Member
from bench.load.generator.texts import TextId, Writer

STALLED = 1.0  # seconds after which a sender stops waiting for its own texts
TICK = 0.001  # seconds after which an open loop checks the clock again


class Sender:
    """A member that sends. `sent` lists when each of its texts was due to be sent."""

    def __init__(self, member: Member, writer: Writer, window: int = 0):
        self.member = member
        self.writer = writer
        self.window = window
        self.sent = array("d")
        self.in_flight = 0
        self.is_on = False
        self.heard_at = time.perf_counter()
        self.stalls = 0

    def send(self, intended: float) -> None:
        text_id = TextId(self.member.room, self.member.number, len(self.sent))
        self.sent.append(intended)
        text = self.writer.write(text_id)
        self.member.send(self.member.dialect.wrap(text, self.writer.client_id(text_id)))

    def fill(self) -> None:
        """Send until `window` texts are in flight."""
        while self.is_on and self.in_flight < self.window:
            self.in_flight += 1
            self.send(time.perf_counter())

    def returned(self, count: int) -> None:
        self.heard_at = time.perf_counter()
        self.in_flight = max(0, self.in_flight - count)
        self.fill()


async def closed_loop(senders: list[Sender], seconds: float) -> None:
    """Keep `window` texts in flight for each sender until the time is up."""
    until = time.perf_counter() + seconds
    for sender in senders:
        sender.member.returned, sender.is_on = sender.returned, True
        sender.fill()
    while (left := until - time.perf_counter()) > 0:
        await asyncio.sleep(min(left, STALLED / 4))
        for sender in senders:
            if time.perf_counter() - sender.heard_at > STALLED:  # a lost text must not stop it
                sender.stalls += 1
                sender.in_flight = 0
                sender.fill()
                sender.heard_at = time.perf_counter()
    for sender in senders:
        sender.is_on = False


async def open_loop(senders: list[Sender], seconds: float, rate: float) -> float:
    """Send `rate` texts per second without waiting for answers. Returns the worst delay in seconds.

    A text's latency counts from when it was due to be sent, so a server can't look faster by
    making us wait.
    """
    began, count, worst = time.perf_counter(), 0, 0.0
    while True:
        now = time.perf_counter()
        due = min(int((now - began) * rate) + 1, int(seconds * rate))
        while count < due:
            intended = began + count / rate
            worst = max(worst, time.perf_counter() - intended)
            senders[count % len(senders)].send(intended)
            count += 1
        if now - began >= seconds:
            return worst
        await asyncio.sleep(TICK)


async def burst(senders: list[Sender], count: int) -> None:
    """Send `count` texts at once."""
    intended = time.perf_counter()
    for number in range(count):
        senders[number % len(senders)].send(intended)

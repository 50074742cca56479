"""A chat client that loses nothing and shows nothing twice: the page's `chat.js`, in Python.

It keeps what the person wrote until the server has acknowledged it, and sends it again after every
interruption. It shows messages strictly in the order of their numbers: an old one is ignored, and
for a missing one it asks (`sync`). So whatever dies in between, its list becomes the database's.
"""

import asyncio
import contextlib
import json
import random
import uuid
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

FOR_GOOD = (4401, 4403, 4409)  # close codes after which coming back would not help
FOR_NOW = ("rate_limited", "unavailable")  # errors that waiting mends
REPORT = 0.1  # seconds until what was seen is reported


class ChatClient:
    """One person's socket in one room.

    Each attempt to connect takes the next of `addresses`. `first` and `cap` bound the wait
    before it: full jitter, so that a thousand clients do not come back in the same instant.
    `watch(client, event, frame)` hears of every frame and of every lost connection. `without`
    switches parts off ("outbox", "sync", "dedupe"), to prove that they are needed.
    """

    def __init__(
        self,
        name: str,
        addresses: Sequence[str],
        cookie: str,
        chance: random.Random,
        watch: Callable = lambda client, event, frame: None,
        without: Sequence[str] = (),
        first: float = 1,
        cap: float = 30,
    ):
        self.name, self.addresses, self.cookie = name, list(addresses), cookie
        self.chance, self.watch, self.without = chance, watch, without
        self.first, self.cap, self.attempt = first, cap, 0
        self.socket = self.closed_with = None  # the socket, as soon as the server welcomed us
        self.outbox = {}  # client_id: text, in the order of writing, until acknowledged
        self.acked = {}  # client_id: seq
        self.refused = {}  # client_id: the error that sending again would not mend
        self.shown = []  # (seq, text): what the person sees
        self.last = self.newest = 0  # the last number shown, the highest one heard of
        self.here = []  # who is in the room, as far as the server said when we came
        self.pulling = self.pull_again = False
        self.in_order = asyncio.Lock()
        self.later = {}  # tasks that wait for their time

    async def live(self) -> None:
        """Be connected, and come back whenever the connection is lost, until cancelled."""
        while self.closed_with not in FOR_GOOD:
            address = self.addresses[self.attempt % len(self.addresses)]
            origin, headers = f"http://{urlsplit(address).netloc}", {"Cookie": self.cookie}
            self.attempt += 1
            with contextlib.suppress(OSError, WebSocketException):
                async with connect(
                    address, origin=origin, additional_headers=headers, compression=None
                ) as socket:
                    try:
                        async for text in socket:
                            await self.hear(socket, json.loads(text))
                    finally:
                        self.closed_with = socket.close_code
            self.socket = None
            self.watch(self, "lost", None)
            longest = min(self.cap, self.first * 2 ** (self.attempt - 1))
            await asyncio.sleep(self.chance.uniform(0, longest))

    async def say(self, text: str, client_id: str | None = None) -> None:
        """Write a message: first into the outbox, then on its way if there is a way."""
        client_id = client_id or str(uuid.uuid4())
        self.outbox[client_id] = text
        async with self.in_order:
            if "flush" not in self.later:  # else it goes with those that wait for it
                await self.send(type="message", client_id=client_id, message=text)
        if "outbox" in self.without:
            del self.outbox[client_id]

    async def send(self, **frame) -> None:
        """Send `frame` if there is a connection; that it breaks is for `live` to find out."""
        if self.socket:
            with contextlib.suppress(WebSocketException):
                await self.socket.send(json.dumps(frame, ensure_ascii=False))

    async def hear(self, socket, frame: dict) -> None:
        """Do what a frame of the server asks for."""
        match frame["type"]:
            case "welcome":
                self.socket, self.here, self.attempt = socket, frame["here"], 0
                self.newest, self.pulling = max(self.newest, frame["head"]), False
                await self.flush()
            case "messages":
                self.show(frame["messages"])
            case "synced":
                self.pulling, self.pull_again = False, self.pull_again or frame["more"]
                self.show(frame["messages"])
            case "behind":
                self.newest, self.pull_again = max(self.newest, frame["head"]), True
            case "ack":
                self.outbox.pop(frame["client_id"], None)
                self.acked[frame["client_id"]] = frame["seq"]
            case "error" if frame["code"] in FOR_NOW:
                self.soon("flush", frame.get("retry_after", 1), self.flush)
            case "error":
                if self.outbox.pop(frame["ref"], None):
                    self.refused[frame["ref"]] = frame["code"]
        if self.pull_again or self.last < self.newest:
            await self.pull()
        self.watch(self, frame["type"], frame)

    def show(self, messages: list[dict]) -> None:
        """Show what comes next; what is old or comes too early is not for the person's eyes."""
        for message in messages:
            seq = message["seq"]
            self.newest = max(self.newest, seq)
            is_gap = seq > self.last + 1 and "sync" not in self.without
            is_old = seq <= self.last
            if "dedupe" in self.without or not (is_gap or is_old):
                self.shown.append((seq, message["message"]))
                self.last = max(self.last, seq)
        self.soon("report", REPORT, self.report)

    async def pull(self) -> None:
        """Ask for what comes after the last message shown, one question at a time."""
        if not self.pulling and self.socket and "sync" not in self.without:
            self.pulling, self.pull_again = True, False
            await self.send(type="sync", after=self.last)

    async def flush(self) -> None:
        """Send the outbox, in order. What is stored already is not stored again, only acked."""
        async with self.in_order:
            for client_id, text in list(self.outbox.items()):
                await self.send(type="message", client_id=client_id, message=text)
        if self.pulling:  # the question, too, may have been refused
            self.pulling = False
            await self.pull()

    async def report(self) -> None:
        """Say how far the person has seen: the server pushes only so far ahead of that."""
        await self.send(type="seen", seq=self.last)

    def soon(self, name: str, wait: float, deed: Callable) -> None:
        """Do `deed` after `wait` seconds; once, however often it is asked for until then."""

        async def do():
            await asyncio.sleep(wait)
            del self.later[name]
            await deed()

        if name not in self.later:
            self.later[name] = asyncio.create_task(do())

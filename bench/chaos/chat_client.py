"""A chat client in Python that works like the page's `chat.js`: no loss, no duplicates.

It keeps each message until the server has stored it, and sends it again after every lost
connection. It shows messages strictly in the order of their numbers, ignores those it already has,
and asks for missing ones with `sync`. So its list ends up the same as the database's, whatever
fails.
"""

import asyncio
import contextlib
import json
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

FINAL_CLOSE_CODES = (4401, 4403, 4409)  # after these codes, the page doesn't reconnect on its own
TOO_MUCH = 4429  # after this close code, it waits for AFTER_TOO_MUCH times LONGEST_WAIT
TEMPORARY_ERRORS = ("rate_limited", "unavailable")
FIRST_WAIT = 3  # seconds before the first attempt to reconnect, at most
LONGEST_WAIT = 10
AFTER_TOO_MUCH = 6
PATIENCE = 10  # seconds to wait for the next frame while an answer is due
RETRY_SECONDS = 3  # seconds, after a temporary error that doesn't say how long to wait
SEEN_DELAY = 0.3  # seconds until a read mark is reported
ACK_CHECK_DELAY = 1  # seconds within which an acked message must be shown


@dataclass
class Draft:
    """A message in the outbox, or an edit or deletion of message number `seq`.

    `is_saved` is true once it has been acked.
    """

    text: str
    kind: str = "message"
    seq: int = 0
    is_saved: bool = False

    def frame(self, client_id: str) -> dict:
        """Return the frame that sends this draft."""
        frame = {"type": self.kind, "client_id": client_id}
        if self.kind != "message":
            frame["seq"] = self.seq
        if self.kind != "delete":
            frame["message"] = self.text
        return frame


@dataclass(eq=False, repr=False)
class ChatClient:
    """One tab of one user in one room.

    Each attempt to connect uses the next of `urls`. The wait before it is random, between
    `first_wait` and `longest_wait`, to keep a thousand clients from all coming back at once.
    `on_event(client, kind, frame)` is called for every frame and every lost connection. `without`
    switches off parts ("outbox", "sync", "dedupe") to prove that they are needed.
    """

    is_watchful = True  # gives up waiting for an answer, or for an acked message to be shown

    name: str
    room: str
    urls: Sequence[str]
    cookie: str
    chance: random.Random
    on_event: Callable = lambda client, kind, frame: None
    without: Sequence[str] = ()
    first_wait: float = FIRST_WAIT
    longest_wait: float = LONGEST_WAIT

    def __post_init__(self):
        self.tab = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        self.urls = [f"{url}?tab={self.tab}" for url in self.urls]
        self.attempts = 0  # attempts to connect, in total
        self.failures = 0  # since the last welcome
        self.socket = None  # the connection, once the server has welcomed us
        self.close_code = None
        self.outbox = {}  # client_id: Draft, in the order of writing
        self.in_flight = None  # the client_id of the message that's waiting for its ack
        self.acked = {}  # client_id: seq
        self.refused = {}  # client_id: an error that sending again wouldn't fix
        self.shown = []  # (seq, text): what the user sees, after edits; "" means deleted
        self.changes = []  # (seq, target): the edits and deletions applied so far
        self.ahead = {}  # seq: message, for messages that came too early
        self.last = 0  # the number of the last message shown
        self.newest = 0  # the highest number that the server has mentioned
        self.here = set()  # who is in the room, according to the server
        self.is_syncing = False
        self.expected = set()  # the answers that are due
        self.timers = {}

    @property
    def is_connected(self) -> bool:
        return self.socket is not None

    @property
    def is_finished(self) -> bool:
        """Whether the server closed the connection with a code that means "don't come back"."""
        return self.close_code in FINAL_CLOSE_CODES

    async def run(self) -> None:
        """Stay connected, and reconnect whenever the connection is lost, until cancelled."""
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                await self._connect_once(self.urls[self.attempts % len(self.urls)])
            self._disconnected()
            if self.is_finished:
                return
            if self.close_code == TOO_MUCH:
                await asyncio.sleep(AFTER_TOO_MUCH * self.longest_wait)
                continue
            longest = min(self.longest_wait, self.first_wait * 2**self.failures)
            self.failures += 1
            await asyncio.sleep(self.chance.uniform(0, longest))

    async def _connect_once(self, url: str) -> None:
        self.attempts += 1
        self.close_code = None
        options = {
            "origin": f"http://{urlsplit(url).netloc}",
            "additional_headers": {"Cookie": self.cookie},
            "compression": None,
            "max_size": None,
            "ping_interval": None,  # browsers don't send one either
            "open_timeout": None,
            "close_timeout": 1,
        }
        async with asyncio.timeout(None) as self.timeout:
            self._expect("welcome")
            socket = await connect(url, **options)
            try:
                await self.connected(socket)
                async for text in socket:
                    await self.handle_frame(socket, json.loads(text))
            finally:
                self.close_code = socket.close_code
                socket.transport.abort()

    async def connected(self, socket) -> None:
        """Called before the server's welcome. Does nothing here."""

    def _disconnected(self) -> None:
        self.socket = None
        self.in_flight = None
        self.is_syncing = False
        self.expected.clear()
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()
        self.on_event(self, "lost", None)

    async def send_message(self, text: str, client_id: str | None = None) -> None:
        """Put a message in the outbox and send it when it's next."""
        await self.put_in_outbox(Draft(text), client_id or str(uuid.uuid4()))

    async def put_in_outbox(self, draft: Draft, client_id: str) -> None:
        """Keep a draft until it's stored, and send it when it's next."""
        self.outbox[client_id] = draft
        await self.tend_outbox()
        if "outbox" in self.without:
            self.outbox.pop(client_id, None)

    async def send(self, **frame) -> None:
        """Send `frame` if there's a connection. If it's broken, `run` will notice."""
        if self.socket:
            with contextlib.suppress(WebSocketException):
                await self.socket.send(json.dumps(frame, ensure_ascii=False))

    async def handle_frame(self, socket, frame: dict) -> None:
        """Handle a frame from the server."""
        self._update_timeout()  # each frame shows that the server is alive
        match frame["type"]:
            case "welcome":
                await self._welcome(socket, frame)
            case "messages":
                await self.show(frame["messages"])
            case "synced":
                self.is_syncing = False
                self._answered("synced")
                await self.show(frame["messages"], frame["upto"])
                if frame["more"]:
                    await self.sync()
            case "behind":
                self.newest = max(self.newest, frame["head"])
                await self.sync()
            case "ack":
                await self._acked(frame["client_id"], frame["seq"])
            case "presence":
                for name, is_here in frame["users"].items():
                    (self.here.add if is_here else self.here.discard)(name)
            case "error":
                await self._refused(**frame)
        self.on_event(self, frame["type"], frame)

    async def _welcome(self, socket, frame: dict) -> None:
        self._answered("welcome")
        self.socket = socket
        self.failures = 0
        self.here = set(frame["here"])
        self.newest = max(self.newest, frame["head"])
        await self.tend_outbox()
        if self.last < frame["head"]:
            await self.sync()

    async def _acked(self, client_id: str, seq: int) -> None:
        self.acked[client_id] = seq
        self.newest = max(self.newest, seq)
        if seq <= self.last:
            self.outbox.pop(client_id, None)
        elif client_id in self.outbox:
            self.outbox[client_id].is_saved = True
            if self.is_watchful:
                self._later("check ack", ACK_CHECK_DELAY, self._sync_if_not_shown)
        await self.tend_outbox()

    async def _sync_if_not_shown(self) -> None:
        if any(draft.is_saved for draft in self.outbox.values()):
            await self.sync()

    async def _refused(self, code: str, ref: str | None = None, **frame) -> None:
        wait = frame.get("retry_after", RETRY_SECONDS)
        if code in TEMPORARY_ERRORS and ref:
            self._later("send", wait, self._send_again)
            self._answered("ack")
        elif code in TEMPORARY_ERRORS and self.is_syncing:
            self._later("sync", wait, self._sync_again)
            self._answered("synced")
        elif code not in TEMPORARY_ERRORS and ref in self.outbox:
            self.outbox.pop(ref)
            self.refused[ref] = code
            await self.tend_outbox()

    async def _send_again(self) -> None:
        self.in_flight = None
        await self.tend_outbox()

    async def _sync_again(self) -> None:
        self.is_syncing = False
        await self.sync()

    async def show(self, messages: list[dict], upto: int = 0) -> None:
        """Show messages in order, and keep those that are further ahead until the gap is filled."""
        for message in messages:
            seq = message["seq"]
            self.newest = max(self.newest, seq)
            if "dedupe" in self.without or (seq > self.last and "sync" in self.without):
                self._show_one(message)
            elif seq > self.last:
                self.ahead[seq] = message
        while self.last < upto or self.last + 1 in self.ahead:
            message = self.ahead.pop(self.last + 1, None)
            self.last += 1
            if message:
                self._show_one(message)
        self._later("seen", SEEN_DELAY, self._report_seen, is_debounced=False)
        await self.tend_outbox()
        if self.ahead:
            await self.sync()

    def _show_one(self, message: dict) -> None:
        if "edits" in message:
            self._change(message, message["edits"], message["message"])
        elif "deletes" in message:
            self._change(message, message["deletes"], "")
        else:
            self.shown.append((message["seq"], message["message"]))
        self.last = max(self.last, message["seq"])
        if message["author"] == self.name:  # it's stored, whether or not its ack arrived
            self.outbox.pop(message["client_id"], None)
            self.acked.setdefault(message["client_id"], message["seq"])

    def _change(self, change: dict, target: int, text: str) -> None:
        """Change the text of a displayed message, unless it has been deleted."""
        self.changes.append((change["seq"], target))
        self.shown = [(seq, text if seq == target and old else old) for seq, old in self.shown]

    async def sync(self) -> None:
        """Ask for what comes after the last message shown, with one request at a time."""
        if not self.socket or self.is_syncing or "sync" in self.without:
            return
        self.is_syncing = True
        self._expect("synced")
        await self.send(type="sync", after=self.last)

    async def tend_outbox(self) -> None:
        """Send the next message if none is in flight. One at a time keeps them in order."""
        drafts = ((key, draft) for key, draft in self.outbox.items() if not draft.is_saved)
        client_id, draft = next(drafts, (None, None))
        if not self.socket or (client_id and client_id == self.in_flight):
            return
        self._answered("ack")
        self.in_flight = client_id
        if client_id:
            self._expect("ack")
            if self.is_watchful:
                self._later("send", 3 * PATIENCE, self._send_again)
            await self.send(**draft.frame(client_id))

    async def _report_seen(self) -> None:
        await self.send(type="seen", seq=self.last)

    def _expect(self, answer: str) -> None:
        """Treat the connection as dead if nothing arrives for PATIENCE while `answer` is due."""
        if not self.is_watchful:
            return
        self.expected.add(answer)
        self._update_timeout()

    def _answered(self, answer: str) -> None:
        self.expected.discard(answer)
        if not self.expected:
            self._update_timeout()

    def _update_timeout(self) -> None:
        now = asyncio.get_running_loop().time()
        with contextlib.suppress(RuntimeError):  # it has just expired
            self.timeout.reschedule(now + PATIENCE if self.expected else None)

    def _later(self, name: str, wait: float, callback: Callable, is_debounced: bool = True) -> None:
        """Call `callback` in `wait` seconds. If debounced, a second call restarts the wait."""
        timer = self.timers.get(name)
        if timer and not timer.done():
            if not is_debounced:
                return
            timer.cancel()

        async def wait_and_call():
            await asyncio.sleep(wait)
            del self.timers[name]
            await callback()

        self.timers[name] = asyncio.create_task(wait_and_call())

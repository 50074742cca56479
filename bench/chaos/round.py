"""One round: servers, clients that chat on them, and the ledger at the end."""

import asyncio
import contextlib
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field

from bench.chaos import ledger
from bench.chaos.chat_client import ChatClient, Draft
from bench.lab.app_server import AppServer
from bench.lab.testbed import Testbed

OUTBOX_LIMIT = 5  # a client with more messages in its outbox waits before writing another
TABS = 5  # sockets per user in faults about tabs: as many as the app allows
TOGETHER = 50  # clients that start connecting at the same time; more would swamp a starting server
LAST_TEXT = "the end"
CHANGES = 0.15  # how often a client changes an earlier message after writing one
CHANGES_NEED = {"outbox", "ids"}
DELETIONS = 0.3  # how many of these changes are deletions


@dataclass(eq=False, repr=False)
class Round:
    """The context passed to each fault. Use it in an `async with` block, which stops everything.

    Every random choice comes from `chance`, so the same seed repeats them all.
    """

    answers_with = b'"ack"'  # the fields in an answer to a message
    greets = True  # whether the server welcomes a client
    syncs = True  # and answers requests for missed messages
    long_text = " " + "я" * 3900  # two bytes each, so that a stuck reader's backlog grows fast
    stuck_readers = 3

    testbed: Testbed
    _: KW_ONLY
    client_count: int
    message_count: int
    chance: random.Random = field(default_factory=random.Random)
    server_kind: str = "daphne"
    layer: str = "memory"
    without: Sequence[str] = ()
    patience: float = 40

    def __post_init__(self):
        self.room = f"chaos-{next(self.testbed.numbers)}"
        self.servers = []
        self.clients = []
        self.sent = []
        self.notes = []  # sentences worth printing
        self.failures = []  # sentences about what went wrong outside the ledger
        self.acks = Counter()  # how many each client received, including repeats
        self.delays = []  # seconds from writing a message until each client saw it
        self.figures = {}  # name: values worth keeping
        self.blackouts = []  # seconds from losing a connection to catching up
        self._sent_at = {}
        self._lost_at = {}
        self._changed = asyncio.Event()
        self._tasks = []
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    async def enter_context(self, context):
        """Enter `context`, and exit it when the round ends."""
        return await self._stack.enter_async_context(context)

    def room_number(self, number: int) -> str:
        """Return the name of room `number`; 0 is the round's own room."""
        return f"{self.room}-{number}" if number else self.room

    async def start_server(
        self,
        fault: str = "",
        redis_port: int = 0,
        database_port: int = 0,
        host: str = "",
        **limits: object,
    ) -> AppServer:
        """Start one more server. `fault` is for the launcher, the other options for the testbed."""
        if "bound" in self.without:
            limits["UNCONFIRMED_MESSAGES"] = 10**9
            fault = fault or "hoard-frames"
        if "ids" in self.without:
            fault = fault or "forget-client-ids"
        environment = self.testbed.environment_for(
            self.layer, redis_port=redis_port, database_port=database_port, **limits
        )
        log = self.testbed.folder / f"{self.room}-{len(self.servers)}.log"
        server = self.testbed.make_server(self.server_kind, environment, log, host)
        self.servers.append(server)
        self._stack.push_async_callback(server.kill)
        await server.start(fault)
        return server

    async def join(
        self, servers: Sequence, count: int = 0, name: str = "c", room: str = "", **waits: float
    ) -> list[ChatClient]:
        """Let `count` users enter the room, spread over `servers`, and wait until all are in.

        A server is anything with an `address` and a `port`. Each client knows all of them.
        """
        names = [f"{name}{number:02}" for number in range(count or self.client_count)]
        clients = await self.make_clients(servers, names, room or self.room, **waits)
        await self.connect(clients)
        return clients

    async def make_clients(
        self,
        servers: Sequence,
        names: list[str],
        room: str,
        first_wait: float = 0.2,
        longest_wait: float = 2,
    ) -> list[ChatClient]:
        """Return an unconnected client for each name."""
        cookies = await self.testbed.app_database.make_room(room, names)
        urls = [socket_url(server, room) for server in servers]
        clients = []
        for number, name in enumerate(names):
            turn = number % len(urls)
            client = self.new_client(
                name,
                room,
                urls[turn:] + urls[:turn],
                cookies[name],
                random.Random(self.chance.random()),
                self.on_event,
                self.without,
                first_wait,
                longest_wait,
            )
            clients.append(client)
        return clients

    def new_client(self, *arguments) -> ChatClient:
        """Return a client for this round's servers."""
        return ChatClient(*arguments)

    async def connect(self, clients: list[ChatClient]) -> None:
        """Run `clients` until the round ends, and wait until all have entered their rooms."""
        self.clients += clients
        for start in range(0, len(clients), TOGETHER):
            group = clients[start : start + TOGETHER]
            self._tasks += [asyncio.create_task(client.run()) for client in group]
            if not await self.wait_until(lambda group=group: all(c.is_connected for c in group)):
                self.failures.append("Not all clients could enter the room.")
                return

    def note_sent(
        self, client: ChatClient, text: str, kind: str = "message", target: str = ""
    ) -> ledger.SentMessage:
        """Note that `client` is about to send `text`, which is unique in this round.

        `target` is the client_id of the message that it edits or deletes.
        """
        message = ledger.SentMessage(client, str(uuid.uuid4()), text, kind, target)
        self.sent.append(message)
        self._sent_at[text] = time.monotonic()
        return message

    async def send(self, client: ChatClient, text: str) -> None:
        await client.send_message(text, self.note_sent(client, text).client_id)

    async def change_one(self, client: ChatClient, chance: random.Random) -> None:
        """Let `client` edit or delete one of the messages that it has written."""
        own = [message for message in self.sent if message.client is client]
        deleted = {message.target for message in own if message.kind == "delete"}
        messages = [message for message in own if message.kind == "message"]
        target = chance.choice(messages)
        kind = "delete" if chance.random() < DELETIONS else "edit"
        if target.client_id in deleted:
            return
        if not await self.wait_until(lambda: target.client_id in client.acked):
            return
        text = f"{target.text} {kind} {len(own)}"
        change = self.note_sent(client, text, kind, target.client_id)
        draft = Draft(text, kind, client.acked[target.client_id])
        await client.put_in_outbox(draft, change.client_id)

    async def chat(self, clients: Sequence[ChatClient], messages: int = 0, pad: str = "") -> None:
        """Let each of `clients` write messages at random moments, and change some of them."""
        count = messages or self.message_count
        changes = self.share_of_changes()

        async def write(client):
            chance = random.Random(self.chance.random())  # nobody else's draws change what it does
            own = [message for message in self.sent if message.client is client]
            first = sum(message.kind == "message" for message in own) + 1
            for number in range(first, first + count):
                await asyncio.sleep(self.chance.uniform(0, 0.02))
                await self.wait_until(lambda: self.may_write(client))
                text = f"{client.name} {client.room} {number} {client.tab[:4]}"
                await self.send(client, text + pad)
                if chance.random() < changes:
                    await self.change_one(client, chance)

        writing = [asyncio.create_task(write(client)) for client in clients]
        self._tasks += writing
        await asyncio.gather(*writing)

    def share_of_changes(self) -> float:
        """Return how often a client changes an earlier message, as a share of what it writes."""
        return 0 if CHANGES_NEED & set(self.without) else CHANGES

    def may_write(self, client: ChatClient) -> bool:
        """Return whether `client` may write another message right away."""
        return len(client.outbox) < OUTBOX_LIMIT

    async def wait_until(self, condition: Callable[[], bool], patience: float = 0) -> bool:
        """Wait until the clients make a condition true. Returns whether that happened in time."""
        deadline = time.monotonic() + (patience or self.patience)
        while not condition():
            if time.monotonic() > deadline:
                return False
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), 0.5)
        return True

    async def outboxes_empty(self, clients: Sequence[ChatClient], patience: float = 0) -> bool:
        """Wait until everything that `clients` wrote is stored. Returns whether it is."""
        return await self.wait_until(lambda: not any(c.outbox for c in clients), patience)

    def acked(self) -> int:
        return sum(len(client.acked) for client in self.clients)

    async def settle(self) -> ledger.Ledger:
        """Wait until every client should know everything. Returns the ledger for all rooms."""
        total = ledger.Ledger()
        for room in dict.fromkeys(client.room for client in self.clients):
            clients = [client for client in self.clients if client.room == room]
            total.add_room(await self.settle_room(room, clients))
        for client in self.clients:
            if client.is_finished:
                self.failures.append(f"{client.name} was shut out with {client.close_code}.")
        return total

    async def settle_room(self, room: str, clients: list[ChatClient]) -> ledger.Ledger:
        """Wait until a room's clients should know everything. Returns the room's ledger."""
        written = len({m.text for m in self.sent if m.client.room == room})
        await self.wait_until(lambda: _have_all(clients, written))
        last_text = LAST_TEXT if room == self.room else f"{LAST_TEXT} of {room}"
        await self.send(clients[0], last_text)  # everything that is late comes before it
        await self.wait_until(lambda: _have_all(clients, written + 1))
        stored = await self.testbed.app_database.stored_messages(room)
        sent = [message for message in self.sent if message.client.room == room]
        return ledger.compare(clients, sent, stored)

    def on_event(self, client: ChatClient, kind: str, frame: dict | None) -> None:
        """Record when a client receives something, and wake up any waiting code."""
        now = time.monotonic()
        if kind in ("messages", "synced"):
            for message in frame["messages"]:
                self.delays.append(now - self._sent_at.get(message.get("message"), now))
        self.acks[client] += kind == "ack"
        if kind == "lost":
            self._lost_at.setdefault(client, now)
        elif client in self._lost_at and client.is_connected and client.last >= client.newest:
            self.blackouts.append(now - self._lost_at.pop(client))
        self._changed.set()


def socket_url(server, room: str) -> str:
    """Return the URL of the room's socket on a server or a proxy."""
    port = "" if server.port == 80 else f":{server.port}"  # browsers leave it out too
    return f"ws://{server.address}{port}/ws/chat/{room}/"


def _have_all(clients: Sequence[ChatClient], count: int) -> bool:
    return all(c.last >= count and not c.outbox and c.is_connected for c in clients)

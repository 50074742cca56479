"""One round: servers, clients that chat on them, and the ledger in the end."""

import asyncio
import contextlib
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence

from workshop.chaos import ledger
from workshop.chaos.chat_client import ChatClient
from workshop.chaos.servers import Server
from workshop.chaos.stage import Stage

IN_FLIGHT = 5  # messages that a client has on the way before it writes the next one


class Round:
    """What a fault has at hand. Use it in an `async with` block: everything is stopped there."""

    def __init__(
        self,
        stage: Stage,
        *,
        clients: int,
        messages: int,
        chance: random.Random | None = None,
        server: str = "daphne",
        layer: str = "memory",
        without: Sequence[str] = (),
        patience: float = 40,
    ):
        self.stage, self.chance = stage, chance or random.Random()
        self.kind, self.layer = server, layer
        self.count, self.messages = clients, messages
        self.without, self.patience = without, patience
        self.room = f"chaos-{next(stage.numbers)}"
        self.servers, self.clients, self.said = [], [], []
        self.tasks, self.changed = [], asyncio.Event()
        self.stack = contextlib.AsyncExitStack()
        self.said_at, self.delays = {}, []  # seconds from writing a message to each who sees it
        self.lost_at, self.blackouts = {}, []  # seconds from losing a server to having caught up
        self.acks = Counter()  # how many each client got, repeated ones included
        self.notes, self.failures = [], []

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.stack.aclose()

    async def hold(self, context):
        """Enter `context`, which is left when the round ends."""
        return await self.stack.enter_async_context(context)

    async def server(self, fault: str = "", **settings: object) -> Server:
        """Start one more server; `fault` is the launcher's, `settings` are the app's limits."""
        if "bound" in self.without:
            settings["UNSEEN_MESSAGES"] = 10**9
        if "ids" in self.without:
            fault = fault or "forget-client-ids"
        environment = self.stage.environment_for(self.layer, **settings)
        log = self.stage.place / f"{self.room}-{len(self.servers)}.log"
        server = Server(self.kind, self.stage.folder, environment, log)
        self.servers.append(server)
        self.stack.push_async_callback(server.kill)
        await server.start(fault)
        return server

    async def join(
        self, ports: Sequence, count: int = 0, name: str = "c", first: float = 0.2, cap: float = 2
    ) -> list[ChatClient]:
        """Let `count` people enter the room; they spread over `ports`, and know them all."""
        names = [f"{name}{number:02}" for number in range(count or self.count)]
        cookies = await self.stage.keeper.room(self.room, names)
        homes = [port.socket_address(self.room) for port in ports]
        clients = []
        for number, who in enumerate(names):
            addresses = homes[number % len(homes) :] + homes[: number % len(homes)]
            chance = random.Random(self.chance.random())
            words = (who, addresses, cookies[who], chance, self.watch, self.without, first, cap)
            clients.append(ChatClient(*words))
        return await self.enter(clients)

    async def enter(self, clients: list[ChatClient]) -> list[ChatClient]:
        """Let `clients` live until the round ends; return when all have entered the room."""
        self.clients += clients
        self.tasks += [asyncio.create_task(client.live()) for client in clients]
        if not await self.until(lambda: all(client.socket for client in clients)):
            self.failures.append("Not all clients could enter the room.")
        return clients

    def write(self, client: ChatClient, text: str) -> ledger.Said:
        """Note that `client` is about to say `text`, which nobody else says in this round."""
        self.said.append(ledger.Said(client, str(uuid.uuid4()), text))
        self.said_at[text] = time.monotonic()
        return self.said[-1]

    async def say(self, client: ChatClient, text: str) -> None:
        await client.say(text, self.write(client, text).client_id)

    async def chat(self, clients: Sequence[ChatClient], messages: int = 0, pad: str = "") -> None:
        """Let each of `clients` write its messages, at random moments, few at a time."""

        async def speak(client):
            start = sum(one.client is client for one in self.said)
            for number in range(start + 1, start + (messages or self.messages) + 1):
                await asyncio.sleep(self.chance.uniform(0, 0.02))
                await self.until(lambda: len(client.outbox) < IN_FLIGHT)
                await self.say(client, f"{client.name} {number}{pad}")

        speaking = [asyncio.create_task(speak(client)) for client in clients]
        self.tasks += speaking
        await asyncio.gather(*speaking)

    async def until(self, holds: Callable[[], bool], patience: float = 0) -> bool:
        """Wait for something to hold that clients bring about; return whether it does."""
        deadline = time.monotonic() + (patience or self.patience)
        while not holds():
            if time.monotonic() > deadline:
                return False
            self.changed.clear()
            try:
                await asyncio.wait_for(self.changed.wait(), 0.5)
            except TimeoutError:
                pass
        return True

    def acked(self) -> int:
        return sum(len(client.acked) for client in self.clients)

    async def settle(self) -> ledger.Ledger:
        """Wait until everybody should know everything; return the ledger."""
        wanted = len({one.text for one in self.said})
        await self.until(
            lambda: all(c.last >= wanted and not c.outbox and c.socket for c in self.clients)
        )
        await self.say(self.clients[0], "the end")  # whatever comes late comes before this
        await self.until(lambda: all(c.last > wanted and not c.outbox for c in self.clients))
        return ledger.draw_up(self.clients, self.said, await self.stage.keeper.messages(self.room))

    def watch(self, client: ChatClient, event: str, frame: dict | None) -> None:
        """Hear what a client hears; keep the times."""
        now = time.monotonic()
        if event in ("messages", "synced"):
            times = [self.said_at.get(message["message"], now) for message in frame["messages"]]
            self.delays += [now - then for then in times]
        self.acks[client] += event == "ack"
        if event == "lost":
            self.lost_at.setdefault(client, now)
        elif client in self.lost_at and client.socket and client.last >= client.newest:
            self.blackouts.append(now - self.lost_at.pop(client))
        self.changed.set()

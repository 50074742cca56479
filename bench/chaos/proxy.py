"""TCP proxies that break connections: reset them, slow them down, or let them go silent."""

import asyncio
import contextlib
import random
import socket
import struct
from dataclasses import dataclass

from workshop.services.network import free_port

CHUNK = 65_536
RESET_SHARE = 0.2
SEND_RST = struct.pack("ii", 1, 0)  # SO_LINGER without a time: closing sends RST instead of FIN


class Proxy:
    """Passes everything on to the port `target`. Use it in an `async with` block.

    A subclass overrides `pass_to_client` or `pass_on`.
    """

    address = "127.0.0.1"

    def __init__(self, target: int):
        self.target = target
        self.port = free_port()
        self.tasks = set()

    async def __aenter__(self):
        self.listener = await asyncio.start_server(self.accept, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *error):
        self.listener.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.listener.wait_closed()

    def accept(self, reader, writer) -> None:
        """Start to serve a new connection."""
        task = asyncio.create_task(self.serve(self.open_connection(), reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def serve(self, connection, reader, writer):
        """Serve one connection until either side ends it."""
        writers = [writer]
        try:
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self.target)
            writers.append(target_writer)
            async with asyncio.TaskGroup() as group:
                group.create_task(self.pass_on(connection, reader, target_writer, self.pass_data))
                group.create_task(
                    self.pass_on(connection, target_reader, writer, self.pass_to_client)
                )
        except* (OSError, EOFError):
            pass
        finally:
            for side in writers:
                with contextlib.suppress(OSError):  # it is closed already
                    raw = side.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, SEND_RST)
                side.transport.abort()

    def open_connection(self) -> "Connection":
        return Connection()

    async def pass_on(self, connection, reader, writer, pass_data):
        """Read from one side and write to the other, until the first one ends."""
        while data := await reader.read(CHUNK):
            await pass_data(writer, data)
        raise EOFError

    async def pass_data(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    async def pass_to_client(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        await self.pass_data(writer, data)


@dataclass(eq=False)
class Connection:
    """One connection through a proxy."""

    is_silent: bool = False


class ResettingProxy(Proxy):
    """Drops up to `most` random answers containing `word`, and resets their connections."""

    def __init__(self, target: int, word: bytes, chance: random.Random, most: int):
        super().__init__(target)
        self.word = word
        self.chance = chance
        self.most = most
        self.resets = 0

    async def pass_to_client(self, writer, data):
        if self.word in data and self.resets < self.most:
            if not self.resets or self.chance.random() < RESET_SHARE:
                self.resets += 1
                raise ConnectionResetError
        await self.pass_data(writer, data)


class SlowProxy(Proxy):
    """Passes at most `rate` bytes per second to a client, like a weak mobile network."""

    def __init__(self, target: int, rate: int):
        super().__init__(target)
        self.rate = rate

    async def pass_to_client(self, writer, data):
        step = max(1, self.rate // 10)
        for start in range(0, len(data), step):
            part = data[start : start + step]
            await self.pass_data(writer, part)
            await asyncio.sleep(len(part) / self.rate)


class SilentProxy(Proxy):
    """Can go silent: connections stay open, but nothing gets through, and neither side is told.

    A failover or a firewall leaves such half-open connections behind. After `recover`, new
    connections work, and the silent ones stay silent.
    """

    def __init__(self, target: int):
        super().__init__(target)
        self.is_silent = False
        self.connections = []

    def go_silent(self) -> None:
        """Silence all open connections, and any that are opened from now on."""
        self.is_silent = True
        for connection in self.connections:
            connection.is_silent = True

    def recover(self) -> None:
        """Pass data again, but only on new connections."""
        self.is_silent = False

    def open_connection(self) -> Connection:
        self.connections.append(Connection(self.is_silent))
        return self.connections[-1]

    async def pass_on(self, connection, reader, writer, pass_data):
        while data := await reader.read(CHUNK):
            if not connection.is_silent:
                await pass_data(writer, data)
        if connection.is_silent:  # the other side must not notice that this one has closed
            await asyncio.Event().wait()
        raise EOFError

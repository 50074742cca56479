"""A proxy between the clients and a server that resets a connection at the worst moment."""

import asyncio
import contextlib
import random
import socket
import struct

from workshop.chaos.ports import lasting_port

OFTEN = 0.2
RESET = struct.pack("ii", 1, 0)  # SO_LINGER with no time: closing sends RST, not FIN


class Proxy:
    """Passes everything on, but `most` times, now and then, it throws away an answer of the server
    that holds `word`, and resets both sides of that connection. Use it in an `async with` block.
    """

    def __init__(self, target: int, word: bytes, chance: random.Random, most: int):
        self.target, self.word, self.chance, self.most = target, word, chance, most
        self.resets, self.tasks = 0, set()

    async def __aenter__(self):
        self.port = lasting_port()
        self.listener = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *error):
        self.listener.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.listener.wait_closed()

    def socket_address(self, room: str) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/chat/{room}/"

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        writers = [writer]
        try:
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target)
            writers.append(other_writer)
            async with asyncio.TaskGroup() as group:
                group.create_task(self.pass_on(reader, other_writer))
                group.create_task(self.pass_on(other_reader, writer, watched=True))
        except* (OSError, EOFError):
            pass
        finally:
            for one in writers:
                with contextlib.suppress(OSError):  # it is closed already
                    raw = one.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                one.transport.abort()
            self.tasks.discard(asyncio.current_task())

    async def pass_on(self, reader, writer, watched=False):
        while data := await reader.read(65_536):
            if watched and self.word in data and self.resets < self.most:
                if not self.resets or self.chance.random() < OFTEN:
                    self.resets += 1
                    raise ConnectionResetError
            writer.write(data)
            await writer.drain()
        raise EOFError

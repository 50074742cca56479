"""A PostgreSQL server for the tests, and a proxy that can silence its connections."""

import asyncio
import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from tests.conftest import free_port


def find_programs():
    """Return the folder with initdb and pg_ctl, or None."""
    on_path = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return Path(on_path).parent if on_path else next(iter(folders), None)


class Postgres:
    def __init__(self, folder):
        self.programs, self.folder, self.port = find_programs(), folder, free_port()
        self.url = f"postgres://chat@127.0.0.1:{self.port}/postgres"

    def start(self):
        self.folder.mkdir()
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(self.folder, "postgres")
        self.run("initdb", "-D", self.folder, "-U", "chat", "-A", "trust", "-N")
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self.run(
            "pg_ctl", "-D", self.folder, "-w", "-l", self.folder / "log", "-o", options, "start"
        )

    def stop(self):
        self.run("pg_ctl", "-D", self.folder, "-w", "-m", "immediate", "stop")

    def run(self, program, *arguments):
        words = [str(word) for word in (self.programs / program, *arguments)]
        if os.getuid() == 0:
            words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words]
        subprocess.run(words, cwd="/", check=True, stdout=subprocess.DEVNULL)


class Proxy:
    """Passes bytes on. After `swallow`, existing connections receive nothing more."""

    def __init__(self, target):
        self.target, self.port, self.open = target, free_port(), []

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *error):
        self.server.close()
        for connection in self.open:
            for writer in connection["writers"]:
                writer.transport.abort()

    def swallow(self):
        for connection in self.open:
            connection["silent"] = True

    async def serve(self, reader, writer):
        upstream, downstream = await asyncio.open_connection("127.0.0.1", self.target)
        connection = {"silent": False, "writers": [writer, downstream]}
        self.open.append(connection)
        await asyncio.gather(
            self.copy(connection, reader, downstream), self.copy(connection, upstream, writer)
        )

    async def copy(self, connection, reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if not connection["silent"]:
                    writer.write(data)
                    await writer.drain()
        if not connection["silent"]:
            writer.close()

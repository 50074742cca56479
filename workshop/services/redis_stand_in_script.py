"""Serve fakeredis on a port of 127.0.0.1, until this process is stopped.

Call it as `python redis_stand_in_script.py PORT`. It runs in a separate process, because the
server's threads would slow down the program that uses it.
"""

import os
import select
import socket
import sys

from fakeredis import TcpFakeServer
from fakeredis._clients._tcp_server import TCPFakeRequestHandler


class WaitingWriter:
    """Writes to a non-blocking socket, and waits while its buffer is full."""

    def __init__(self, connection: socket.socket):
        self.connection = connection

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            select.select([], [self.connection], [])
            rest = rest[self.connection.send(rest) :]

    def flush(self) -> None:
        """Do nothing: `write` keeps nothing back."""

    def close(self) -> None:
        """Do nothing: the handler closes the connection."""


class Handler(TCPFakeRequestHandler):
    """The connection of one client.

    fakeredis lets a client that has left go on waiting for a message, and drops the message that a
    connected client should get. And if Python has no `fcntl`, as on Windows, fakeredis reads with a
    blocking socket, so published messages aren't sent until the client asks for something.
    """

    def setup(self) -> None:
        super().setup()
        self.connection.setblocking(False)
        self.wfile = self.writer.writer = WaitingWriter(self.connection)
        client = self.current_client.get_socket()
        self.wait = client._blocking
        client._blocking = self.wait_while_connected

    def wait_while_connected(self, timeout, take, shape=None):
        """Wait like BZPOPMIN. Raises ConnectionResetError if the client has left."""

        def take_if_connected(is_first: bool):
            if self.is_disconnected():
                raise ConnectionResetError
            return take(is_first)

        return self.wait(timeout, take_if_connected, shape)

    def is_disconnected(self) -> bool:
        try:
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False


class StandIn(TcpFakeServer):
    """A fakeredis that stops with its process, on a port that no other process can take."""

    def __init__(self, port: int):
        super().__init__(("127.0.0.1", port), bind_and_activate=False)
        self.RequestHandlerClass = Handler
        self.daemon_threads = True
        self.allow_reuse_address = os.name != "nt"  # on Windows, it lets two servers share the port
        self.server_bind()
        self.server_activate()


def main() -> None:
    """Serve on the port in the command line."""
    try:
        server = StandIn(int(sys.argv[1]))
    except OSError as error:
        sys.exit(f"The port is already in use: {error}")
    print("Ready to accept connections", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()

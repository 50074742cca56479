"""A server that only sends, so it shows how much the generator can receive.

`python trivial_server.py PORT MEMBERS BATCH SECONDS TAG` waits for the members, then sends the same
texts to each of them, with BATCH frames per write, until the time is up.
"""

import socket
import sys
import time

from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from bench.load.generator.texts import TextId, Writer

SIZE = 100


def main(port, members, batch, seconds, tag):
    writer, number = Writer(tag, SIZE), 0
    with socket.create_server(("127.0.0.1", port), backlog=members + 1) as listener:
        sockets = []
        while len(sockets) < members:
            connection = _opened(listener.accept()[0])
            sockets += [connection] if connection else []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            texts = [writer.write(TextId(0, 0, number + step)) for step in range(batch)]
            number += batch
            data = b"".join(
                Frame(Opcode.TEXT, text.encode()).serialize(mask=False) for text in texts
            )
            for connection in sockets:
                connection.sendall(data)
        for connection in sockets:
            connection.close()


def _opened(connection):
    """Return the socket after its handshake, or None if it only checked whether we're listening."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    protocol = ServerProtocol()
    while not (events := protocol.events_received()):
        data = connection.recv(65536)
        if not data:
            return connection.close()
        protocol.receive_data(data)
    protocol.send_response(protocol.accept(events[0]))
    connection.sendall(b"".join(protocol.data_to_send()))
    return connection


main(*map(int, sys.argv[1:5]), sys.argv[5])

"""A server that does nothing but send: what the generator takes from it is the generator's ceiling.

`python trivial_server.py PORT MEMBERS TOGETHER SECONDS TAG`: it waits for the members, then sends
every one of them the same texts, TOGETHER frames in each write, until the time is up.
"""

import socket
import sys
import time

from websockets.frames import Frame, Opcode
from websockets.server import ServerProtocol

from workshop.load.generator.texts import Name, Writing

SIZE = 100


def main(port, members, together, seconds, tag):
    writing, number = Writing(tag, SIZE), 0
    with socket.create_server(("127.0.0.1", port), backlog=members + 1) as listener:
        sockets = []
        while len(sockets) < members:
            connection = _opened(listener.accept()[0])
            sockets += [connection] if connection else []
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            texts = [writing.write(Name(0, 0, number + step)) for step in range(together)]
            number += together
            data = b"".join(
                Frame(Opcode.TEXT, text.encode()).serialize(mask=False) for text in texts
            )
            for connection in sockets:
                connection.sendall(data)
        for connection in sockets:
            connection.close()


def _opened(connection):
    """Return the socket after its handshake, or None where it was only a look whether we listen."""
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

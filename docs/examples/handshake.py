"""Ask a server to open a WebSocket, and print the request and the first line of the answer."""

import socket
import sys

HOST = "127.0.0.1"
PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
REQUEST = f"""\
GET /ws/chat/lobby/ HTTP/1.1
Host: {HOST}:{PORT}
Origin: http://{HOST}:{PORT}
Cookie: theme=dark
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

"""

try:
    connection = socket.create_connection((HOST, PORT))
except ConnectionRefusedError:
    sys.exit(f"No server listens on port {PORT}. Start yours, then run this again.")
with connection, connection.makefile("rw", newline="\r\n") as stream:
    stream.write(REQUEST)
    stream.flush()
    print(REQUEST, end="")
    print(stream.readline().strip())

"""Makes `send` wait for a slow reader on Daphne too, as it does on uvicorn.

Daphne takes every frame at once and keeps it in memory until the reader has it
(https://github.com/django/daphne/issues/170). So we ask the transport below Daphne.
"""

import asyncio


def wait_for_reader(send):
    """Return a `send` that waits while the connection's buffer is full."""
    transport = find_daphne_transport(send)
    if transport is None:
        return send
    producer = Producer()
    transport.unregisterProducer()  # the one of HTTP, which this connection doesn't speak any more
    transport.registerProducer(producer, True)

    async def send_when_writable(event):
        """Send an ASGI event as soon as the connection's buffer has room for it."""
        if not producer.writable.is_set():
            await producer.writable.wait()
        await send(event)

    return send_when_writable


def find_daphne_transport(send):
    """The Twisted transport of a socket that Daphne serves, else None.

    Daphne's `send` is a functools.partial whose first argument is its own protocol object.
    """
    [protocol, *_] = getattr(send, "args", None) or [None]
    transport = getattr(protocol, "transport", None)
    return transport if hasattr(transport, "registerProducer") else None


class Producer:
    """What Twisted calls when the transport's buffer is full, and when it is empty again."""

    def __init__(self):
        self.writable = asyncio.Event()
        self.writable.set()

    def pauseProducing(self):
        """The buffer is full: senders have to wait."""
        self.writable.clear()

    def resumeProducing(self):
        """The buffer is empty: waiting senders may go on."""
        self.writable.set()

    def stopProducing(self):
        """The connection is lost: whoever waits may go on."""
        self.writable.set()

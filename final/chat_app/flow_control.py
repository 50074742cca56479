"""Makes `send` wait for a slow reader on Daphne too, as it does on uvicorn.

Daphne accepts every frame at once and keeps it in memory until the client reads it
(https://github.com/django/daphne/issues/170). So we ask the transport below Daphne.
"""

import asyncio
import logging

logger = logging.getLogger(__name__)

has_warned = False


def wait_for_reader(send):
    """Return a `send` that waits while the connection's buffer is full."""
    transport = find_daphne_transport(send)
    if transport is None:
        return send
    producer = Producer()
    transport.unregisterProducer()  # this is HTTP's, which this connection no longer uses
    transport.registerProducer(producer, True)

    async def send_when_writable(event):
        """Send an ASGI event as soon as the connection's buffer has room for it."""
        if not producer.writable.is_set():
            await producer.writable.wait()
        await send(event)

    return send_when_writable


def find_daphne_transport(send):
    """The Twisted transport of a socket that Daphne serves, else None.

    Daphne's `send` is a functools.partial whose first argument is its own protocol object. That
    isn't documented, so a later version may change it.
    """
    arguments = getattr(send, "args", ())
    protocol = arguments[0] if arguments else None
    transport = getattr(protocol, "transport", None)
    if hasattr(transport, "registerProducer"):
        return transport
    warn_of_unknown_daphne(send)
    return None


def warn_of_unknown_daphne(send):
    """Log once that slow readers cost memory, if `send` is Daphne's but its parts aren't found."""
    global has_warned
    module = getattr(getattr(send, "func", send), "__module__", None) or ""
    if module.startswith("daphne") and not has_warned:
        has_warned = True
        logger.warning("Daphne has changed: frames for slow readers wait in memory. Use uvicorn.")


class Producer:
    """The callbacks for Twisted, which calls them when the transport's buffer fills and empties."""

    def __init__(self):
        self.writable = asyncio.Event()
        self.writable.set()

    def pauseProducing(self):
        """The buffer is full, so senders have to wait."""
        self.writable.clear()

    def resumeProducing(self):
        """The buffer is empty, so waiting senders may continue."""
        self.writable.set()

    def stopProducing(self):
        """The connection is lost, so waiting senders may continue."""
        self.writable.set()

"""Connections to PostgreSQL that don't wait forever.

When a machine goes down or a firewall drops the connection silently, a process isn't told that its
database is gone. So every wait has a limit, both for an answer and for a lock. The server isn't
told either if an app host disappears: it would keep the locks of that host's transactions for two
hours, and nobody could write to their rooms. So we ask the server to check on its client sooner.
"""

import time

import psycopg
from django.db import connections

LOCK_SECONDS = 2
CONNECT_SECONDS = 3
CLIENT_CHECKS = {  # server settings: a client that doesn't answer for 11 seconds is gone
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
CANCEL_SECONDS = 1  # the server's limit is shorter, because its error leaves the connection usable


class BoundedConnection(psycopg.Connection):
    """A connection that is closed when the server doesn't answer within `seconds`.

    Other connections from the same time are probably dead too, so the pool gets new ones.
    """

    seconds = 0

    def wait(self, generator, *args, **kwargs):
        """Wait for the server like psycopg does, but no longer than allowed."""
        if self.seconds:
            generator = self.with_deadline(generator)
        return super().wait(generator, *args, **kwargs)

    def with_deadline(self, generator):
        """Pass on what psycopg's generator waits for, until the deadline."""
        deadline = time.monotonic() + self.seconds
        try:
            wanted = next(generator)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > deadline:
                    self.give_up()
                wanted = generator.send(ready)
        except StopIteration as result:
            return result.value

    def give_up(self):
        """Close this connection, replace the pool's others, and raise an OperationalError."""
        self.pgconn.finish()
        if pool := connections["default"].pool:
            pool.drain()
        raise psycopg.OperationalError(f"PostgreSQL didn't answer for {self.seconds:g} seconds")


def connection_options(seconds):
    """The OPTIONS of a database that has to answer within that many seconds; 0 means no limit."""
    milliseconds = round(max(0, seconds - CANCEL_SECONDS) * 1000)
    settings = {
        "lock_timeout": LOCK_SECONDS * 1000,
        "statement_timeout": milliseconds,
        **CLIENT_CHECKS,
    }
    return {
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "pool": {
            "min_size": 1,
            "max_size": 10,
            "timeout": CONNECT_SECONDS + 1,
            "reconnect_timeout": CONNECT_SECONDS,
            "connection_class": type("Bounded", (BoundedConnection,), {"seconds": seconds}),
        },
    }

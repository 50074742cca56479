import math
import time
from functools import lru_cache

from django.conf import settings

TOLERANCE = 1e-9  # seconds, because sums of floats aren't exact


class TokenBucket:
    """Token bucket: `burst` actions at once, then `rate` per second.

    Its only state is `full_at`, the time at which it will be full again. Taking a token moves that
    time by as long as a new token takes.
    """

    def __init__(self, burst, rate):
        self.burst = burst
        self.rate = rate
        self.full_at = 0

    def take(self):
        """Take a token and return 0, or if there is none, return the seconds until the next one.

        The seconds are rounded up, so that a client that waits this long doesn't retry too early.
        """
        now = time.monotonic()
        full_at = max(self.full_at, now) + 1 / self.rate
        wait = full_at - now - self.burst / self.rate
        if wait <= TOLERANCE:
            self.full_at = full_at
            return 0
        return math.ceil((wait - TOLERANCE) * 1000) / 1000


class UserLimits:
    """The buckets and the open sockets of one user, in this process."""

    def __init__(self):
        rate = settings.CHAT["MESSAGES_PER_SECOND"]
        self.messages = TokenBucket(settings.CHAT["MESSAGE_BURST"], rate)
        self.refusals = TokenBucket(settings.CHAT["REFUSALS"], rate)
        self.queries = TokenBucket(50, 10)  # sync and seen, which both ask the database
        self.typing = TokenBucket(5, 1)  # goes to the whole room, and more often nobody notices
        self.sockets = []

    def add_socket(self, socket):
        """Count a new socket. Returns the oldest ones if they have to close in its favour."""
        self.sockets.append(socket)
        surplus = len(self.sockets) - settings.CHAT["USER_SOCKETS"]
        return self.sockets[: max(0, surplus)]

    def remove_socket(self, socket):
        """Count one socket less."""
        if socket in self.sockets:
            self.sockets.remove(socket)


@lru_cache(maxsize=10_000)
def limits_of(user_id):
    """The limits of a user. If there are too many users, the earliest ones are forgotten."""
    return UserLimits()

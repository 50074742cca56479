"""Per-user, per-process limits: rates, and the number of open sockets.

Each process counts on its own, because a shared count would cost a round trip for each frame.
"""

import math
import time

from django.conf import settings

SWEEP_AT_LEAST = 1000  # users
TOLERANCE = 1e-9  # seconds, because sums of floats aren't exact

users = {}  # {user id: UserLimits}
sweep_size = SWEEP_AT_LEAST


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

        The seconds are rounded up, so a short wait isn't 0 and clients don't retry too early.
        """
        now = time.monotonic()
        full_at = max(self.full_at, now) + 1 / self.rate
        wait = full_at - now - self.burst / self.rate
        if wait <= TOLERANCE:
            self.full_at = full_at
            return 0
        return math.ceil((wait - TOLERANCE) * 1000) / 1000

    def is_full(self):
        """Whether it is full, and so no different from a new bucket."""
        return self.full_at <= time.monotonic()


class UserLimits:
    """The buckets and the open sockets of one user."""

    def __init__(self):
        rate = settings.CHAT["MESSAGES_PER_SECOND"]
        self.messages = TokenBucket(settings.CHAT["MESSAGE_BURST"], rate)
        self.refusals = TokenBucket(300, rate)  # a client with this many errors is ignoring them
        self.syncs = TokenBucket(20, 5)  # each reads the database, and some need several pages
        self.typing = TokenBucket(1, 1)  # goes to the whole room, and more often nobody notices
        self.sockets = []

    def is_idle(self):
        """Whether these limits can be forgotten."""
        buckets = [self.messages, self.refusals, self.syncs, self.typing]
        return not self.sockets and all(bucket.is_full() for bucket in buckets)

    def displaced_by(self, socket):
        """The sockets to close in favour of a new one.

        A tab that reconnects replaces its own earlier socket, which may be dead without the server
        knowing. If there are still too many, the ones that have been silent longest close.
        """
        same_tab = [other for other in self.sockets if socket.tab and other.tab == socket.tab]
        others = [other for other in self.sockets if other not in same_tab]
        surplus = len(others) + 1 - int(settings.CHAT["USER_SOCKETS"])
        others.sort(key=lambda other: other.last_heard)
        return same_tab + others[: max(0, surplus)]


def add_socket(user_id, socket):
    """Count a new socket. Returns its user's limits, and the sockets to close in its favour."""
    if user_id not in users:
        forget_idle_users()
        users[user_id] = UserLimits()
    limits = users[user_id]
    displaced = limits.displaced_by(socket)
    limits.sockets = [other for other in limits.sockets if other not in displaced]
    limits.sockets.append(socket)
    return limits, displaced


def remove_socket(user_id, socket):
    """Count one socket less."""
    if user_id in users and socket in users[user_id].sockets:
        users[user_id].sockets.remove(socket)


def forget_idle_users():
    """Drop limits that are no longer needed, whenever the number of users has doubled."""
    global sweep_size
    if len(users) < sweep_size:
        return
    for user_id in [user_id for user_id, limits in users.items() if limits.is_idle()]:
        del users[user_id]
    sweep_size = max(SWEEP_AT_LEAST, 2 * len(users))

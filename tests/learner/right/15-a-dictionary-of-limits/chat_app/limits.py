"""Sliding windows: of each user, we keep when they did something, as long as it counts."""

import time
from collections import defaultdict, deque

from django.conf import settings

RATES = {"queries": (50, 10), "typing": (5, 1)}
done = defaultdict(deque)  # {(user id, kind): when each token is back}
sockets = defaultdict(list)  # {user id: sockets, the oldest first}


def rate_of(kind):
    """How many at once, and how many a second."""
    if kind in RATES:
        return RATES[kind]
    name = "MESSAGE_BURST" if kind == "messages" else "REFUSALS"
    return settings.CHAT[name], settings.CHAT["MESSAGES_PER_SECOND"]


def seconds_to_wait(user_id, kind):
    """Count one more; if that is too much, count nothing and say how long to wait."""
    burst, rate = rate_of(kind)
    now = time.monotonic()
    back = done[user_id, kind]
    while back and back[0] <= now:
        back.popleft()
    if len(back) >= burst:
        return back[0] - now + 0.001
    back.append(max([now, *back]) + 1 / rate)
    return 0


def open_socket(user_id, socket):
    """Count a socket; return those which are too many."""
    mine = sockets[user_id]
    mine.append(socket)
    return mine[: -settings.CHAT["USER_SOCKETS"]]


def close_socket(user_id, socket):
    if socket in sockets[user_id]:
        sockets[user_id].remove(socket)

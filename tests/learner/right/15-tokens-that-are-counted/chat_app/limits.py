from time import monotonic

from django.conf import settings

counted = {}  # {user id: Limits}


class Bucket:
    """Tokens that are counted: `size` at first, and `rate` more per second."""

    def __init__(self, size, rate):
        self.size = self.tokens = size
        self.rate = rate
        self.counted_at = monotonic()

    def take(self):
        now = monotonic()
        self.tokens = min(self.size, self.tokens + (now - self.counted_at) * self.rate)
        self.counted_at = now
        if self.tokens < 1:
            return round((1 - self.tokens) / self.rate + 0.001, 3)
        self.tokens -= 1
        return 0


class Limits:
    def __init__(self):
        chat = settings.CHAT
        self.messages = Bucket(chat["MESSAGE_BURST"], chat["MESSAGES_PER_SECOND"])
        self.refusals = Bucket(chat["REFUSALS"], chat["MESSAGES_PER_SECOND"])
        self.queries = Bucket(30, 5)
        self.typing = Bucket(5, 1)
        self.sockets = {}  # in the order in which they were opened

    def add_socket(self, socket):
        self.sockets[socket] = True
        return list(self.sockets)[: -settings.CHAT["USER_SOCKETS"]]

    def remove_socket(self, socket):
        self.sockets.pop(socket, None)


def limits_of(user_id):
    if user_id not in counted:
        counted[user_id] = Limits()
    return counted[user_id]

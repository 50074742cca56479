"""How much one user may ask of one process, so that nobody wears it down for the others."""

import time
from collections import defaultdict

from django.conf import settings


class Bucket:
    """Allows `burst` deeds at once and then `rate` a second."""

    def __init__(self, burst, rate):
        self.burst, self.rate, self.full_at = burst, rate, 0

    def wait(self):
        """Count a deed and return 0; when it comes too early, return the seconds to wait."""
        now = time.monotonic()
        full_at = max(self.full_at, now) + 1 / self.rate
        early = full_at - now - self.burst / self.rate
        if early <= 1e-9:
            self.full_at = full_at
        return max(0, round(early, 3))


class UserLimits:
    def __init__(self):
        burst, rate = settings.CHAT["MESSAGE_BURST"], settings.CHAT["MESSAGES_PER_SECOND"]
        self.messages, self.refusals = Bucket(burst, rate), Bucket(300, rate)
        self.syncs, self.typing, self.sockets = Bucket(20, 5), Bucket(1, 1), 0


users = defaultdict(UserLimits)

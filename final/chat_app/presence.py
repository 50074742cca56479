"""Who is in a room, and how its clients learn about it."""

import asyncio
import bisect
import time
import uuid
from collections import Counter

from django.conf import settings

from chat_app import leases, protocol
from chat_app.background import DelayedCall, Worker, log_errors

BATCH_SECONDS = 0.2
FRAMES_PER_SECOND = 100  # presence frames per second, for all of a room's sockets together
MAX_FRAME_SECONDS = 10
MAX_NAMES = 50


def listed_name(user):
    """A user's entry in the list: the username, then a space and the display name if there is one.

    Usernames have no spaces, so a client can split the entry.
    """
    return f"{user.username} {user.get_short_name()}".rstrip()


class RoomPresence:
    """Who is in a room, as far as this process knows.

    It knows its own sockets directly. It learns about other processes from the leases, which it
    reads at the start and at every heartbeat, and sooner from announcements. So if an announcement
    is lost or the store is down for a while, the next heartbeat makes up for it.

    Clients are only sent the number of people and the first names in alphabetical order, so the
    size of a frame doesn't grow with the room.

    A name in this class is a `listed_name`. That way, display names travel with announcements and
    leases, and don't need a database query.
    """

    def __init__(self, hub):
        self.hub = hub
        self.lease_id = str(uuid.uuid4())
        self.sockets = Counter()  # {username: how many sockets they have here}
        self.names = []  # everybody here, sorted; a set would have to be sorted at each entry
        self.unsaved = {}  # {username: seconds until the lease ends}
        self.departed = {}  # {username: when their lease ends}
        self.news = {}  # {username: whether they are here}, for other processes
        # Names that clients show, from the last frame, or from the welcome if they joined later.
        self.shown_by_all = set()
        self.shown_by_some = set()
        self.shown_count = 0  # None if clients show different names
        self.saving = Worker(self.save_waiting)
        self.sweeping = Worker(self.sweep)
        self.announcement = DelayedCall(self.announce, lambda: BATCH_SECONDS)
        self.frame = DelayedCall(self.send_frame, self.seconds_until_frame)

    def arrive(self, username):
        """Count a socket of a user."""
        self.sockets[username] += 1
        if self.sockets[username] > 1:
            return
        self.departed.pop(username, None)
        self.save(username, settings.CHAT["LEASE_SECONDS"])
        if self.note(username, True):
            self.tell_others(username, True)

    def depart(self, username):
        """Count one socket less. When the last one leaves, the user's lease is only shortened.

        That way, nobody flickers when they reload the page.
        """
        self.sockets[username] -= 1
        if self.sockets[username]:
            return
        del self.sockets[username]
        grace = settings.CHAT["GRACE_SECONDS"]
        self.save(username, grace)
        self.departed[username] = time.monotonic() + grace
        self.sweeping.wake()

    def save(self, username, seconds):
        """Write a lease to the store, together with other waiting ones."""
        self.unsaved[username] = seconds
        self.saving.wake()

    def rename(self, former, username):
        """Count a socket under another name, and drop the old name without a grace time."""
        self.arrive(username)
        self.sockets[former] -= 1
        if self.sockets[former]:
            return
        del self.sockets[former]
        self.departed.pop(former, None)
        self.save(former, 0)
        if self.note(former, False):
            self.tell_others(former, False)

    async def save_waiting(self):
        """Write the waiting leases. If the store fails, the heartbeat writes them again."""
        while self.unsaved:
            usernames = self.unsaved
            self.unsaved = {}
            durations = {self.lease(username): seconds for username, seconds in usernames.items()}
            await log_errors(leases.save(self.hub.room_id, durations), "saving leases")
            for username in self.departed.keys() & usernames.keys():
                # Re-insert: its lease starts only now, and `departed` is sorted by end.
                del self.departed[username]
                self.departed[username] = time.monotonic() + usernames[username]

    def lease(self, username):
        """The name of the lease that this process holds for a user."""
        return f"{username} {self.lease_id}"

    async def sweep(self):
        """Announce the users whose leases have expired."""
        while self.departed:
            first_end = next(iter(self.departed.values()))
            await asyncio.sleep(max(0, first_end - time.monotonic()) + BATCH_SECONDS)
            now = time.monotonic()
            ended = [username for username, end in self.departed.items() if end <= now]
            for username in ended:
                del self.departed[username]
            await log_errors(self.load(), "loading presence")
            for username in ended:
                if not self.is_here(username):
                    self.tell_others(username, False)

    async def renew(self):
        """Renew the leases of this process and load who else is here."""
        durations = dict.fromkeys(map(self.lease, self.sockets), settings.CHAT["LEASE_SECONDS"])
        if durations:
            await leases.save(self.hub.room_id, durations)
        await self.load()

    async def load(self):
        """Learn from the store who is here."""
        stored = await leases.load(self.hub.room_id)
        here = stored | set(self.sockets)
        for username in here.symmetric_difference(self.names):
            self.note(username, username in here)

    def hear(self, news):
        """Apply an announcement of another process: {username: whether they are here}."""
        for username, is_here in news.items():
            self.note(username, is_here or username in self.sockets)

    def is_here(self, username):
        """Whether a user is here."""
        place = bisect.bisect_left(self.names, username)
        return place < len(self.names) and self.names[place] == username

    def note(self, username, is_here):
        """Record whether a user is here. Returns whether that has changed."""
        if is_here == self.is_here(username):
            return False
        place = bisect.bisect_left(self.names, username)
        if is_here:
            self.names.insert(place, username)
        else:
            del self.names[place]
        self.frame.schedule()
        return True

    def tell_others(self, username, is_here):
        """Announce to other processes, in the next batch, that a user came or left."""
        self.news[username] = is_here
        self.announcement.schedule()

    def announce(self):
        """Tell other processes who came and who left."""
        self.hub.publisher.publish(presence=self.news)
        self.news = {}

    def welcome_fields(self):
        """Return the fields of a new client's welcome, and note that it shows these names.

        Later frames only contain what has changed since.
        """
        names = self.names[:MAX_NAMES]
        self.shown_by_all.intersection_update(names)
        self.shown_by_some.update(names)
        if len(self.names) != self.shown_count:
            self.shown_count = None
        return {"count": len(self.names), "here": names}

    def seconds_until_frame(self):
        """Return how long to collect changes: the more sockets a frame goes to, the longer.

        The simple version is BATCH_SECONDS. With that, entering a room of 2,000 takes 1.5 times the
        processor time, most of it for telling the others.
        """
        seconds = len(self.hub.sockets) / FRAMES_PER_SECOND
        return min(max(BATCH_SECONDS, seconds), MAX_FRAME_SECONDS)

    def send_frame(self):
        """Send the clients the number of people, and the changes among the names that they show."""
        names = set(self.names[:MAX_NAMES])
        users = dict.fromkeys(sorted(self.shown_by_some - names), False)
        users |= dict.fromkeys(sorted(names - self.shown_by_all), True)
        if users or len(self.names) != self.shown_count:
            frame = protocol.encode("presence", count=len(self.names), users=users)
            self.hub.relay(frame)
        self.shown_by_all = names
        self.shown_by_some = set(names)
        self.shown_count = len(self.names)

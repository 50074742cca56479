import asyncio
from contextlib import suppress

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from chat_app import messages, presence
from chat_app.background import log_errors, spawn
from chat_app.protocol import encode

LAYER_SECONDS = 5  # until a new hub must have subscribed
RESUBSCRIBE_DELAY = 0.5  # seconds
LAYER_ERRORS = (RedisError, OSError)

hubs = {}  # {room id: Hub}, of the rooms that have sockets in this process


def join(room, socket):
    """Add `socket` to the room's hub and return the hub, which may not be ready yet."""
    if room.pk not in hubs:
        hubs[room.pk] = Hub(room)
        hubs[room.pk].start()
    hubs[room.pk].sockets.add(socket)
    return hubs[room.pk]


async def send_to_group(room_id, event):
    """Send an event to the room's hubs in all processes."""
    await get_channel_layer().group_send(f"room.{room_id}", {"type": "room.event", **event})


@async_to_sync
async def notify_rooms(room_ids, **event):
    """Send one event to several rooms. For synchronous code, which has no access to hubs."""
    for room_id in room_ids:
        await send_to_group(room_id, event)


class Hub:
    """The sockets of one room in this process, which share a subscription and a heartbeat."""

    def __init__(self, room):
        self.room = room
        self.group = f"room.{room.pk}"
        self.sockets = set()
        self.feed = MessageFeed(room.pk, self.sockets)
        self.is_ready = asyncio.Event()
        self.renewing = asyncio.Lock()
        self.tasks = []

    def start(self):
        """Subscribe to the room and start the heartbeat."""
        self.tasks = [spawn(self.run_subscription()), spawn(self.run_heartbeat())]

    async def wait_until_ready(self, head):
        """Wait until the hub can serve a socket that knows the messages up to the number `head`."""
        async with asyncio.timeout(LAYER_SECONDS):
            await self.is_ready.wait()
        await self.feed.catch_up_to(head)

    async def leave(self, socket):
        """Remove `socket`. When the last one leaves, stop the hub and wait until it has ended."""
        self.sockets.discard(socket)
        if self.sockets or hubs.get(self.room.pk) is not self:
            return
        del hubs[self.room.pk]
        others = set(self.tasks) - {asyncio.current_task()}  # a task can't wait for itself
        async with self.renewing:  # a question to Redis that is cut off leaves its connection open
            for task in others:
                task.cancel()
        await asyncio.wait(others)

    async def run_subscription(self):
        """Listen, and resubscribe after an error, as long as there are sockets."""
        while self.sockets:
            await log_errors(self.listen(), "the subscription to a room")
            await asyncio.sleep(RESUBSCRIBE_DELAY)

    async def listen(self):
        """Pass the group's events to the sockets until the channel layer fails."""
        layer = get_channel_layer()
        channel = await layer.new_channel()
        try:
            await layer.group_add(self.group, channel)
            await self.feed.catch_up_from_db()
            self.is_ready.set()
            while self.sockets:
                await self.receive(await layer.receive(channel))
        finally:
            with suppress(*LAYER_ERRORS):
                await layer.group_discard(self.group, channel)

    async def publish(self, **event):
        """Send an event to every process, or if the layer fails, at least to this one.

        Each event has one of these keys:

        - `seq` and `frame`: a message or a change, encoded;
        - `frame`: a finished frame for everybody, except for the user `except_user`;
        - `recheck`: the id of a user who may have lost a right.
        """
        try:
            await send_to_group(self.room.pk, event)
        except LAYER_ERRORS:
            await self.receive(event)

    async def receive(self, event):
        """Pass an event, from this process or another one, to the sockets."""
        if "seq" in event:
            await self.feed.advance(event["seq"], event["frame"])
        elif "frame" in event:
            self.relay(event["frame"], event.get("except_user"))
        elif "recheck" in event:
            spawn(self.close_revoked_sockets(event["recheck"]))

    def relay(self, frame, except_user=None):
        """Send a frame that isn't a message to all sockets, except one user's sockets."""
        for socket in self.sockets:
            if socket.user.pk != except_user:
                socket.put(frame)

    async def run_heartbeat(self):
        """Repair and renew whatever a lost event would leave broken."""
        while self.sockets:
            await asyncio.sleep(settings.CHAT["BEAT_SECONDS"])
            await log_errors(self.feed.catch_up_from_db(), "reading lost messages")
            await log_errors(self.say_who_is_here(), "renewing presence")
            await log_errors(self.close_revoked_sockets(), "checking rights")

    async def close_revoked_sockets(self, user_id=None):
        """Close the sockets, of one user or of all, that may not stay open any more."""
        for socket in list(self.sockets):
            if user_id in (None, socket.user.pk):
                await socket.check_rights()

    async def say_who_is_here(self):
        """Renew all leases at once, and tell the sockets who is here."""
        here = await self.renew_leases(self.sockets, settings.CHAT["LEASE_SECONDS"])
        self.relay(encode("presence", here=here))

    async def renew_leases(self, sockets, seconds):
        """Keep sockets in the room for this many seconds, and announce who came or left."""
        async with self.renewing:  # or a lease might be renewed after its socket has left
            leases = [socket.lease for socket in sockets]
            here, has_changed = await presence.renew(self.room.name, leases, seconds)
        if has_changed:
            await self.publish(frame=encode("presence", here=here))
        return here


class MessageFeed:
    """Delivers a room's messages to its sockets in order and without gaps.

    `head` is the number of the newest message that was delivered in this process. The layer may
    lose or reorder events, so missing messages are read from the database, once for all sockets.
    """

    def __init__(self, room_id, sockets):
        self.room_id = room_id
        self.sockets = sockets
        self.head = None
        self.lock = asyncio.Lock()  # one caller at a time keeps the order

    async def advance(self, seq, frame):
        """Deliver a message, after any missing ones before it."""
        async with self.lock:
            if seq > self.head + 1:
                await self.read_on()
            if seq == self.head + 1:
                self.push(seq, frame)

    async def catch_up_from_db(self):
        """Deliver what the channel layer lost. The first call only reads the head."""
        async with self.lock:
            if self.head is None:
                self.head = await messages.read_head(self.room_id)
            else:
                await self.read_on()

    async def catch_up_to(self, head):
        """Deliver the messages up to the number `head`, unless that has already happened."""
        if self.head < head:
            await self.catch_up_from_db()

    async def read_on(self):
        """Deliver the messages that are stored after the head, page by page."""
        stored_head = None
        while self.head != stored_head:
            page, stored_head = await messages.read(self.room_id, self.head)
            for message in page:
                self.push(message["seq"], encode("messages", messages=[message]))
            if not page:
                self.head = stored_head  # the rows of a gap may be deleted

    def push(self, seq, frame):
        """Send the message with the number `seq` to every socket."""
        self.head = seq
        for socket in self.sockets:
            socket.put(frame)

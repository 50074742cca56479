"""Fan-out: one hub per room and process passes what happens in the room to every socket.

A hub subscribes to the channel layer once, however many sockets it serves. Each message is
encoded once, by the process that stored it, and messages that arrive together share one frame.

The channel layer may lose or reorder events, so the database stays the source of truth: a gap
in the message numbers is read from the database, and the heartbeat reads a lost tail, which
leaves no gap.
"""

import asyncio
import random
from collections import deque
from contextlib import suppress

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

from chat_app import messages, protocol, rights
from chat_app.background import log_errors, spawn
from chat_app.presence import RoomPresence
from chat_app.read_marks import ReadMarks
from chat_app.writer import writer_for_room

LAYER_SECONDS = 2  # until the channel layer must have answered
MAX_UNSENT_EVENTS = 1000
RESUBSCRIBE_DELAY = 1  # seconds

hubs = {}  # {room id: Hub}, of the rooms that have members in this process


def join(room_id, member):
    """Add `member` to the room's hub and return the hub, which may not be ready yet."""
    hub = hubs.get(room_id)
    if hub is None:
        hub = Hub(room_id)
        hub.start()
        hubs[room_id] = hub
    hub.members.add(member)
    return hub


def group_name(room_id):
    """The room's group in the channel layer."""
    return f"room.{room_id}"


async def send_to_group(room_id, events):
    """Send `events` to the room's hubs in all processes. Returns True once they are sent."""
    async with asyncio.timeout(LAYER_SECONDS):
        layer_event = {"type": "room.event", "items": events}
        await get_channel_layer().group_send(group_name(room_id), layer_event)
    return True


@async_to_sync
async def notify_rooms(room_ids, **event):
    """Send one event to several rooms. For synchronous code, which has no hub at hand."""
    await asyncio.gather(*[spawn(send_to_group(room_id, [event])) for room_id in room_ids])


class Hub:
    """The sockets of one room in this process, and the parts that serve them together."""

    def __init__(self, room_id):
        self.room_id = room_id
        self.members = set()
        self.feed = MessageFeed(room_id, self.members)
        self.subscription = Subscription(self)
        self.publisher = Publisher(self)
        self.presence = RoomPresence(self)
        self.read_marks = ReadMarks(self)
        self.writer = writer_for_room()
        self.tasks = []
        self.preparation = None

    def start(self):
        """Subscribe to the room and start the heartbeat."""
        self.tasks = [spawn(self.subscription.run()), spawn(self.run_heartbeat())]

    async def wait_until_ready(self, head):
        """Wait until a socket can be served that knows of messages up to the number `head`.

        Raises what went wrong if the database can't be read; the next socket tries it again.
        """
        has_failed = self.preparation and self.preparation.done() and self.feed.head is None
        if self.preparation is None or has_failed:
            self.preparation = asyncio.create_task(self.prepare())
        await asyncio.shield(self.preparation)
        await self.feed.catch_up_to(head)

    async def prepare(self):
        """Find out the state of the room, once for all sockets.

        The messages come after the subscription, so that none falls between. Without Redis or the
        channel layer it goes on: the heartbeat repairs what is missing.
        """
        await asyncio.gather(
            self.subscription.wait(), log_errors(self.presence.load(), "loading presence")
        )
        await self.read_marks.load()
        await self.feed.catch_up_from_db()

    def leave(self, member):
        """Remove `member`; the last one to leave stops the hub."""
        self.members.discard(member)
        if not self.members and hubs.get(self.room_id) is self:
            del hubs[self.room_id]
            for task in self.tasks:
                task.cancel()

    async def receive(self, events):
        """Pass events, from this process or another one, to the members.

        Each event is a dict with one of these keys, whose values are as they are published:

        - `seq` and `text`: a message or a change, encoded;
        - `frame`: a finished frame for everybody, except for the user `except_user`;
        - `presence`: who came and who left;
        - `seen`: read marks;
        - `recheck`: the id of a user who may have lost a right.
        """
        await self.feed.advance(message_texts(events))
        for event in events:
            if "frame" in event:
                self.relay(event["frame"], except_user=event.get("except_user"))
            elif "presence" in event:
                self.presence.hear(event["presence"])
            elif "seen" in event:
                self.read_marks.hear(event["seen"])
            elif "recheck" in event:
                spawn(self.close_revoked_sockets(event["recheck"]))

    def relay(self, frame, except_user):
        """Send a frame that isn't a message to all members, except one user's sockets."""
        for member in list(self.members):  # a member that is too slow leaves
            if member.user.pk != except_user:
                member.relay(frame)

    async def run_heartbeat(self):
        """Periodically repair and renew whatever a lost event would leave broken."""
        while self.members:
            await asyncio.sleep(settings.CHAT["BEAT_SECONDS"] * random.uniform(1, 1.2))
            await log_errors(self.feed.catch_up_from_db(), "reading lost messages")
            await log_errors(self.close_revoked_sockets(), "checking rights")
            await log_errors(self.presence.renew(), "renewing presence")
            await log_errors(self.subscription.renew(), "renewing the subscription")

    async def close_revoked_sockets(self, user_id=None):
        """Close the sockets, of one user or of all, that may not stay open any more."""
        members = [member for member in self.members if user_id in (None, member.user.pk)]
        user_ids = {member.session_key: member.user.pk for member in members}
        codes = await rights.find_revoked(self.room_id, user_ids) if members else {}
        for member in members:
            if member.session_key in codes:
                member.end(codes[member.session_key])


class MessageFeed:
    """Delivers a room's messages to its members in order and without gaps.

    `head` is the number of the newest message delivered in this process.
    """

    def __init__(self, room_id, members):
        self.room_id = room_id
        self.members = members
        self.head = None
        self.started = asyncio.Event()  # the head is known
        self.lock = asyncio.Lock()  # one caller of `advance` at a time keeps the order
        self.catching_up = asyncio.Lock()

    async def catch_up_from_db(self):
        """Deliver what the channel layer lost. The first call only finds out the head."""
        texts, head = await messages.read(self.room_id, self.head)
        if self.head is None:
            self.head = head
            self.started.set()
        await self.advance(texts)
        while texts and self.head < head:  # each read returns one page
            texts, _ = await messages.read(self.room_id, self.head)
            await self.advance(texts)

    async def catch_up_to(self, head):
        """Deliver the messages up to `head`, with one read for all who ask at the same time."""
        async with self.catching_up:
            if self.head < head:
                await self.catch_up_from_db()

    async def advance(self, texts):
        """Deliver the {number: encoded message} above the head; read gaps from the database."""
        async with self.lock:
            while texts := self.above_head(texts):
                page = {}
                if len(texts) < max(texts) - self.head:
                    page, _ = await messages.read(self.room_id, self.head)
                self.push(page or texts)  # the rows of a gap may be deleted by now

    def above_head(self, texts):
        """The messages that are newer than the head, sorted by number."""
        return {seq: texts[seq] for seq in sorted(texts) if seq > self.head}

    def push(self, texts):
        """Send gapless `texts` to every member, as one frame unless they are very long."""
        for page in protocol.pages(texts):
            first = self.head + 1
            self.head = max(page)
            frame = protocol.messages_frame(page.values())
            for member in list(self.members):  # a member that is too slow leaves
                member.push(first, self.head, frame)


class Subscription:
    """The hub's one channel in the room's group, kept up for as long as the hub has members."""

    def __init__(self, hub):
        self.hub = hub
        self.group = group_name(hub.room_id)
        self.channel = None
        self.tried = asyncio.Event()  # the first subscription has succeeded or failed

    async def run(self):
        """Listen, and subscribe again after an error."""
        while self.hub.members:
            await log_errors(self.listen(), "the subscription to a room")
            self.tried.set()
            await asyncio.sleep(RESUBSCRIBE_DELAY)

    async def wait(self):
        """Wait for the first subscription, but not for a layer that is away or silent."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.tried.wait(), LAYER_SECONDS)

    async def listen(self):
        """Pass the group's events to the hub until the channel layer fails."""
        layer = get_channel_layer()
        try:
            async with asyncio.timeout(LAYER_SECONDS):
                self.channel = await layer.new_channel()
                await layer.group_add(self.group, self.channel)
            self.tried.set()
            await self.catch_up()
            while True:
                layer_event = await layer.receive(self.channel)
                await self.hub.receive(layer_event["items"])
        finally:
            await self.discard(layer)

    async def catch_up(self):
        """Read what was missed before this subscription; the first one waits for the hub's head."""
        if self.hub.feed.started.is_set():
            await self.hub.feed.catch_up_from_db()
        else:
            await self.hub.feed.started.wait()

    async def discard(self, layer):
        """Leave the group, if the channel layer answers. From here on, `renew` leaves it alone."""
        channel = self.channel
        self.channel = None
        if channel:
            async with asyncio.timeout(LAYER_SECONDS):
                await layer.group_discard(self.group, channel)

    async def renew(self):
        """Join the group again, in case it expired or Redis was flushed."""
        if self.channel:
            async with asyncio.timeout(LAYER_SECONDS):
                await get_channel_layer().group_add(self.group, self.channel)


class Publisher:
    """Sends a room's events to every process.

    Events that wait while others are being sent go out together in the next batch.
    """

    def __init__(self, hub):
        self.hub = hub
        self.queue = deque(maxlen=MAX_UNSENT_EVENTS)
        self.task = None

    def publish(self, **event):
        """Queue an event. It never waits for the channel layer."""
        self.queue.append(event)
        if self.task is None or self.task.done():
            self.task = spawn(self.drain())

    async def drain(self):
        """Send batches until the queue is empty; if the layer fails, at least to this process."""
        while self.queue:
            events = list(self.queue)
            self.queue.clear()
            await log_errors(self.deliver_locally_first(events), "local delivery")
            sending = send_to_group(self.hub.room_id, events)
            if not await log_errors(sending, "sending to the channel layer"):
                await self.hub.receive(events)

    async def deliver_locally_first(self, events):
        """Pass messages to local sockets, unless another process's message comes first.

        So the people in this process can go on while the channel layer is slow or away.
        """
        texts = message_texts(events)
        if texts and self.hub.feed.head + 1 in texts:
            await self.hub.feed.advance(texts)


def message_texts(events):
    """{number: encoded message} of those events that are messages."""
    return {event["seq"]: event["text"] for event in events if "seq" in event}

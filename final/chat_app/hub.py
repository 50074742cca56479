"""Fan-out: one hub per room and process passes the room's events to every socket.

A hub subscribes to the channel layer once, however many sockets it serves. Each message is encoded
once, by the process that stored it, and messages that arrive together share one frame.

The channel layer may lose or reorder events, so the database stays the source of truth. If a
message number is missing, the hub reads the gap from the database. Losing the latest messages
leaves no gap, so the heartbeat checks for those.
"""

import asyncio
import random
from collections import deque
from contextlib import suppress
from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

from chat_app import messages, protocol, rights
from chat_app.background import SharedCall, Worker, log_error, log_errors, spawn
from chat_app.presence import RoomPresence
from chat_app.read_marks import ReadMarks
from chat_app.writer import writer_for_room

LAYER_SECONDS = 2  # seconds that the channel layer may take to answer
MAX_UNSENT_EVENTS = 1000
RESUBSCRIBE_DELAY = 1  # seconds

hubs = {}  # {room id: Hub}, of the rooms that have sockets in this process


def join(room_id, socket):
    """Add `socket` to the room's hub and return the hub, which may not be ready yet."""
    hub = hubs.get(room_id)
    if hub is None:
        hub = Hub(room_id)
        hub.start()
        hubs[room_id] = hub
    hub.sockets.add(socket)
    return hub


def group_name(room_id):
    """The room's group in the channel layer."""
    return f"room.{room_id}"


async def send_to_group(room_id, events):
    """Send `events` to the room's hubs in all processes."""
    async with asyncio.timeout(LAYER_SECONDS):
        # The layer wants a type. No consumer gets this event, so there is no handler of that name.
        layer_event = {"type": "room.event", "items": events}
        await get_channel_layer().group_send(group_name(room_id), layer_event)


async def send_to_rooms(room_ids, **event):
    """Send one event to several rooms."""
    sendings = [send_to_group(room_id, [event]) for room_id in room_ids]
    await asyncio.gather(*[log_errors(sending, "sending to a room") for sending in sendings])


notify_rooms = async_to_sync(send_to_rooms)  # for synchronous code, which has no access to a hub


def encoded_messages(events):
    """Return {number: encoded message} for those events that are messages."""
    return {event["seq"]: event["encoded"] for event in events if "seq" in event}


class Hub:
    """The sockets of one room in this process, and what serves them together."""

    def __init__(self, room_id):
        self.room_id = room_id
        self.sockets = set()
        self.feed = MessageFeed(room_id, self.sockets)
        self.subscription = Subscription(self)
        self.publisher = Publisher(self)
        self.presence = RoomPresence(self)
        self.read_marks = ReadMarks(self)
        self.readers = SharedCall(partial(rights.who_may_read, room_id))
        self.writer = writer_for_room()
        self.tasks = []
        self.preparation = None

    def start(self):
        """Subscribe to the room and start the heartbeat."""
        self.tasks = [spawn(self.subscription.run()), spawn(self.run_heartbeat())]

    async def wait_until_ready(self, head):
        """Wait until the hub can serve a socket that knows the messages up to the number `head`.

        If the database can't be read, raises its error; the next socket tries again.
        """
        if self.preparation is None or has_failed(self.preparation):
            # Not with `spawn`, which logs errors: each socket waiting here has to get the error.
            self.preparation = asyncio.create_task(self.prepare())
        await asyncio.shield(self.preparation)
        await self.feed.catch_up_to(head)

    async def prepare(self):
        """Load the state of the room, once for all sockets.

        Messages are read after subscribing, so that none can be missed in between. Without Redis or
        the channel layer, the hub starts anyway: the heartbeat repairs what is missing.
        """
        await asyncio.gather(
            self.subscription.wait(), log_errors(self.presence.load(), "loading presence")
        )
        await self.read_marks.load()
        await self.feed.catch_up_from_db()

    def leave(self, socket):
        """Remove `socket`. When the last one leaves, the hub stops."""
        self.sockets.discard(socket)
        if not self.sockets and hubs.get(self.room_id) is self:
            del hubs[self.room_id]
            for task in self.tasks:
                task.cancel()

    async def receive(self, events):
        """Pass events, from this process or another one, to the sockets.

        Each event is a dict with one of these keys:

        - `seq` and `encoded`: a message or a change, as JSON;
        - `frame`: a finished frame for everybody, except for the user with the id `except_user`, or
          only for the user with the id `only_user`;
        - `presence`: who came and who left;
        - `seen`: read marks;
        - `recheck`: the id of a user who may have lost a right or changed their display name, or
          None for everybody.
        """
        # If the database can't fill a gap now, the next message or heartbeat tries it again.
        await log_errors(self.feed.advance(encoded_messages(events)), "delivering messages")
        for event in events:
            if "frame" in event:
                self.relay(event["frame"], event.get("except_user"), event.get("only_user"))
            elif "presence" in event:
                self.presence.hear(event["presence"])
            elif "seen" in event:
                self.read_marks.hear(event["seen"])
            elif "recheck" in event:
                spawn(self.close_revoked_sockets(event["recheck"]))

    def relay(self, frame, except_user=None, only_user=None):
        """Send a frame that isn't a message to all sockets, or to some: see `receive`."""
        for socket in list(self.sockets):  # sockets that are too slow leave
            if socket.user.pk != except_user and only_user in (None, socket.user.pk):
                socket.relay(frame)

    async def run_heartbeat(self):
        """Periodically repair and renew whatever a lost event would leave broken."""
        while self.sockets:
            await asyncio.sleep(settings.CHAT["BEAT_SECONDS"] * random.uniform(1, 1.2))
            await log_errors(self.feed.catch_up_from_db(), "reading lost messages")
            await log_errors(self.read_marks.refresh(), "reading lost read marks")
            await log_errors(self.close_revoked_sockets(), "checking rights")
            await log_errors(self.presence.renew(), "renewing presence")
            await log_errors(self.subscription.renew(), "renewing the subscription")

    async def close_revoked_sockets(self, user_id=None):
        """Close the sockets, of one user or of all, that may not stay open any more.

        The others get their users' current names.
        """
        sockets = [socket for socket in self.sockets if user_id in (None, socket.user.pk)]
        user_ids = {socket.session_key: socket.user.pk for socket in sockets}
        if not sockets:
            return
        codes, users = await rights.check(self.room_id, user_ids)
        for socket in sockets:
            if socket.session_key in codes:
                socket.end(codes[socket.session_key])
            elif not socket.ended:
                socket.update_user(users[socket.session_key])


def has_failed(task):
    """Whether a task has ended with an error or was cancelled."""
    return task.done() and (task.cancelled() or task.exception() is not None)


class MessageFeed:
    """Delivers a room's messages to its sockets in order and without gaps.

    `head` is the number of the newest message delivered in this process.
    """

    def __init__(self, room_id, sockets):
        self.room_id = room_id
        self.sockets = sockets
        self.head = None
        self.started = asyncio.Event()  # the head is known
        self.lock = asyncio.Lock()  # one caller of `advance` at a time keeps the order
        self.catching_up = asyncio.Lock()
        self.reads = {}  # {number: the task that reads the page after it}

    async def catch_up_from_db(self):
        """Deliver what the channel layer lost. The first call only reads the head."""
        encoded, head = await messages.read(self.room_id, self.head)
        if self.head is None:
            self.head = head
            self.started.set()
        await self.advance(encoded)
        while encoded and self.head < head:  # each read returns one page
            encoded, _ = await messages.read(self.room_id, self.head)
            await self.advance(encoded)

    async def catch_up_to(self, head):
        """Deliver the messages up to `head`, with one read for all callers at the same time."""
        async with self.catching_up:
            if self.head < head:
                await self.catch_up_from_db()

    async def read_page(self, after):
        """Read the page after the number `after`, once for all sockets that ask at the same time.

        After a restart, most of them ask for the same one. The simple version calls `messages.read`
        for each socket: with that, a crowd that reconnects needs about 1.7 times as long.
        """
        read = self.reads.get(after)
        if read is None:
            read = asyncio.create_task(messages.read(self.room_id, after))
            self.reads[after] = read
            read.add_done_callback(lambda _: self.reads.pop(after))
        return await asyncio.shield(read)

    async def advance(self, encoded):
        """Deliver the {number: encoded message} above the head, and read gaps from the database."""
        async with self.lock:
            while encoded := self.above_head(encoded):
                page = {}
                if len(encoded) < max(encoded) - self.head:
                    page, _ = await messages.read(self.room_id, self.head)
                self.push(page or encoded)  # a gap's rows may have been deleted

    def above_head(self, encoded):
        """The messages that are newer than the head, sorted by number."""
        return {seq: encoded[seq] for seq in sorted(encoded) if seq > self.head}

    def push(self, encoded):
        """Send gapless messages to every socket, as one frame unless they are very long."""
        for page in protocol.pages(encoded):
            first = self.head + 1
            self.head = max(page)
            frame = protocol.messages_frame(page.values())
            for socket in list(self.sockets):  # sockets that are too slow leave
                socket.push(first, self.head, frame)


class Subscription:
    """The hub's one channel in the room's group, kept up for as long as the hub has sockets."""

    def __init__(self, hub):
        self.hub = hub
        self.group = group_name(hub.room_id)
        self.channel = None
        self.tried = asyncio.Event()  # the first subscription has succeeded or failed

    async def run(self):
        """Listen, and resubscribe after an error."""
        while self.hub.sockets:
            await log_errors(self.listen(), "the subscription to a room")
            self.tried.set()
            await asyncio.sleep(RESUBSCRIBE_DELAY)

    async def wait(self):
        """Wait for the first subscription, but not if the layer is down or doesn't answer."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.tried.wait(), LAYER_SECONDS)

    async def listen(self):
        """Pass the group's events to the hub until the channel layer fails."""
        layer = get_channel_layer()
        if self.tried.is_set():
            # The pubsub layer keeps a queue for every channel that it couldn't subscribe to. So
            # after a failure, first see whether the layer is back.
            await send_to_group(self.hub.room_id, [])
        try:
            async with asyncio.timeout(LAYER_SECONDS):
                self.channel = await layer.new_channel()
                await layer.group_add(self.group, self.channel)
            self.tried.set()
            await log_errors(self.catch_up(), "reading lost messages")
            while True:
                layer_event = await layer.receive(self.channel)
                await log_errors(self.hub.receive(layer_event["items"]), "passing events on")
        finally:
            await self.discard(layer)

    async def catch_up(self):
        """Read what was missed before this subscription. The first one waits for the hub's head."""
        if self.hub.feed.started.is_set():
            await self.hub.feed.catch_up_from_db()
        else:
            await self.hub.feed.started.wait()

    async def discard(self, layer):
        """Leave the group, if the channel layer answers. From now on, `renew` doesn't rejoin it."""
        channel = self.channel
        self.channel = None
        if channel:
            async with asyncio.timeout(LAYER_SECONDS):
                await layer.group_discard(self.group, channel)

    async def renew(self):
        """Join the group again, in case the membership expired or Redis was flushed."""
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
        self.worker = Worker(self.drain)

    def publish(self, **event):
        """Queue an event, without waiting for the channel layer."""
        self.queue.append(event)
        self.worker.wake()

    async def drain(self):
        """Send batches until the queue is empty. If the layer fails, only serve this process."""
        while self.queue:
            events = list(self.queue)
            self.queue.clear()
            await log_errors(self.deliver_locally_first(events), "local delivery")
            try:
                await send_to_group(self.hub.room_id, events)
            except Exception as error:
                log_error("sending to the channel layer", error)
                await log_errors(self.hub.receive(events), "passing events on")

    async def deliver_locally_first(self, events):
        """Pass messages to local sockets, unless another process's message comes first.

        That way, the people in this process can keep chatting while the channel layer is slow or
        down.
        """
        encoded = encoded_messages(events)
        if encoded and self.hub.feed.head + 1 in encoded:
            await self.hub.feed.advance(encoded)

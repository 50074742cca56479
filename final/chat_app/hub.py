"""One hub for each room and process: it subscribes once and hands what arrives to every socket.

A text is encoded once, by its sender. Texts that wait go out in one event, texts that arrive
together share one frame. The layer only says "look": what it loses or brings out of order shows
as a gap in the numbers, and the hub reads the gap from the database. The beat does so for a lost
tail, which no gap reveals, and renews the subscription.
"""

import asyncio
import logging
import random
from collections import deque

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings

from chat_app import messages, presence, protocol, rights

logger = logging.getLogger(__name__)
hubs, tasks = {}, set()


def spawn(coroutine):
    """Run it beside everything else, keep it until it is done, and log its error."""
    task = asyncio.create_task(log_errors(coroutine))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


async def log_errors(coroutine):
    try:
        return await coroutine
    except Exception as error:
        logger.warning("%s failed: %r", coroutine.__qualname__, error)


async def send(room_id, items):
    async with asyncio.timeout(2):
        event = {"type": "room.event", "items": items}
        await get_channel_layer().group_send(f"room.{room_id}", event)
    return True


@async_to_sync
async def tell_rooms(room_ids, **item):
    """For the pages: tell all who are in these rooms, as far as the layer can."""
    await asyncio.gather(*(spawn(send(room_id, [item])) for room_id in room_ids))


async def join(room_id, member):
    """The room's hub, with `member` in it and the newest number as its head."""
    hub = hubs.get(room_id) or Hub(room_id)
    hub.members.add(member)
    await hub.subscribed.wait()
    await hub.look()
    return hub


class Hub:
    def __init__(self, room_id):
        self.room_id, self.channel, self.subscribed = room_id, None, asyncio.Event()
        self.members, self.head, self.advancing = set(), None, asyncio.Lock()
        self.unsent, self.publishing = deque(maxlen=1000), None
        self.marks, self.marking = {}, None
        self.news, self.telling, self.furthest = {"presence": {}, "seen": {}}, None, {}
        self.tasks = spawn(self.listen()), spawn(self.beat())
        hubs[room_id] = self

    def leave(self, member):
        self.members.discard(member)
        if not self.members and hubs.get(self.room_id) is self:
            del hubs[self.room_id]
            for task in self.tasks:
                task.cancel()

    def publish(self, **item):
        """Tell every process. What waits while one event is sent goes into the next one."""
        self.unsent.append(item)
        if self.publishing is None or self.publishing.done():
            self.publishing = spawn(self.drain())

    async def drain(self):
        """Who is here need not wait for the layer, where no text of another process comes first."""
        while self.unsent:
            items = list(self.unsent)
            self.unsent.clear()
            texts = {item["seq"]: item["text"] for item in items if "seq" in item}
            if texts and self.head + 1 in texts:
                await log_errors(self.advance(texts))
            if not await log_errors(send(self.room_id, items)):
                await self.receive(items)

    async def listen(self):
        while self.members:
            await log_errors(self.subscribe())
            self.subscribed.set()
            await asyncio.sleep(1)

    async def subscribe(self):
        group, layer = f"room.{self.room_id}", get_channel_layer()
        self.channel = await layer.new_channel()
        try:
            await layer.group_add(group, self.channel)
            await self.look()
            self.subscribed.set()
            while True:
                event = await layer.receive(self.channel)
                await self.receive(event["items"])
        finally:
            await layer.group_discard(group, self.channel)

    async def receive(self, items):
        await self.advance({item["seq"]: item["text"] for item in items if "seq" in item})
        for item in items:
            for member in self.members if "seq" not in item else ():
                if "frame" in item and member.user.pk != item.get("but"):
                    member.relay(item["frame"])
                elif item.get("recheck") == member.user.pk:
                    spawn(member.check())

    async def look(self):
        """Hand on what the layer did not bring; at the first look there is nothing to hand on."""
        texts, head = await messages.read(self.room_id, self.head)
        self.head = head if self.head is None else self.head
        await self.advance(texts)

    async def advance(self, texts):
        """Push what is above the head to every member, in order and without a hole."""
        async with self.advancing:
            while texts := {seq: texts[seq] for seq in sorted(texts) if seq > self.head}:
                page = texts
                if len(texts) < max(texts) - self.head:
                    page, _ = await messages.read(self.room_id, self.head)
                first, self.head = self.head + 1, max(page)
                frame = protocol.messages(page.values())
                for member in self.members:
                    member.push(first, self.head, frame)

    async def beat(self):
        while self.members:
            await asyncio.sleep(settings.CHAT["BEAT_SECONDS"] * random.uniform(1, 1.2))
            for work in (self.look, self.check, self.renew):
                await log_errors(work())
            await log_errors(get_channel_layer().group_add(f"room.{self.room_id}", self.channel))

    async def check(self):
        """May they all stay? The beat asks this; what ends a right asks it at once, of one user."""
        people = {member.session_key: member.user.pk for member in self.members}
        doubtful = await rights.doubtful(self.room_id, people)
        for member in [member for member in self.members if member.session_key in doubtful]:
            await log_errors(member.check())

    async def renew(self):
        leases = [member.lease for member in self.members]
        await self.announce(*leases, seconds=settings.CHAT["LEASE_SECONDS"])

    async def announce(self, *leases, seconds=0):
        """Change leases, tell the room who came and who left, and return who is here."""
        changed = await log_errors(presence.update(self.room_id, *leases, seconds=seconds))
        here, came, left = changed or (set(), set(), set())
        for user in came | left:
            self.gather("presence", user, user in came)
        return here

    def gather(self, kind, user, value):
        """Small news of many people travel together, or a full room would drown in them."""
        self.news[kind][user] = value
        if self.telling is None or self.telling.done():
            self.telling = spawn(self.tell_news())

    async def tell_news(self):
        """Of those who have read, only the two furthest matter: to the first, the second."""
        await asyncio.sleep(0.2)
        news, self.news = self.news, {"presence": {}, "seen": {}}
        if news["presence"]:
            self.publish(frame=protocol.encode("presence", users=news["presence"]))
        seen = {**self.furthest, **news["seen"]}
        seen = dict(sorted(seen.items(), key=lambda item: -item[1])[:2])
        for user, seq in seen.items() - self.furthest.items():
            self.publish(frame=protocol.encode("seen", user=user, seq=seq))
        self.furthest = seen

    def mark_seen(self, user_id, seq):
        self.marks[user_id] = max(self.marks.get(user_id, 0), seq)
        if self.marking is None or self.marking.done():
            self.marking = spawn(self.store_marks())

    async def store_marks(self):
        """Once a second at most, in one transaction for all; then tell the room."""
        while self.marks:
            marks, self.marks = self.marks, {}
            for user, seq in (await messages.mark_seen(self.room_id, marks)).items():
                self.gather("seen", user, seq)
            await asyncio.sleep(1)

    async def part(self, lease):
        """Shorten the lease, and be there when it ends, to say so."""
        await self.announce(lease, seconds=settings.CHAT["GRACE_SECONDS"])
        await asyncio.sleep(settings.CHAT["GRACE_SECONDS"] + 0.1)
        await self.announce()

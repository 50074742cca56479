import asyncio
from uuid import uuid4

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from chat_app import hub, limits, messages, rights
from chat_app.background import spawn
from chat_app.messages import Draft
from chat_app.models import Membership, Message, Room
from chat_app.protocol import (
    DISPLACED,
    MAX_BYTES,
    NOT_A_MEMBER,
    NOT_LOGGED_IN,
    TOO_BIG,
    TOO_MANY_REFUSALS,
    TOO_SLOW,
    DeleteMessage,
    EditMessage,
    Refused,
    Seen,
    SendMessage,
    Sync,
    Typing,
    describe,
    encode,
    parse,
)
from chat_app.send_queue import SendQueue


@database_sync_to_async
def enter_room(name, user):
    """Return the room, or None if there is none that the user may see.

    Entering a public room creates a membership, which holds the user's read mark.
    """
    room = Room.objects.visible_to(user).filter(name=name).first()
    if room and not room.private:
        Membership.objects.get_or_create(room=room, user=user)
    return room


def take(bucket, ref=None):
    """Take a token, or refuse the client's frame with the number of seconds to wait."""
    if wait := bucket.take():
        raise Refused("rate_limited", ref, retry_after=wait)


class ChatConsumer(AsyncWebsocketConsumer):
    channel_layer_alias = None  # the hub subscribes, so a socket doesn't
    is_here = False
    limits = None
    hub = None

    async def __call__(self, scope, receive, send):
        """Serve the socket, and release what it holds however it ends."""
        self.send_queue = SendQueue(send)
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.send_queue.close()
            if self.limits:
                self.limits.remove_socket(self)
            if self.hub:
                await self.hub.leave(self)

    async def connect(self):
        self.user = self.scope["user"]
        if not self.user.is_authenticated:
            await self.accept()
            await self.close(NOT_LOGGED_IN)
            return
        room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.room = await enter_room(room_name, self.user)
        if self.room is None:
            await self.accept()
            await self.close(NOT_A_MEMBER)
            return
        self.limits = limits.limits_of(self.user.pk)
        for socket in self.limits.add_socket(self):
            await socket.end(DISPLACED)
        self.lease = f"{self.user.username} {uuid4()}"
        self.hub = hub.join(self.room, self)
        welcome = await self.describe_room()
        await self.accept()
        self.is_here = True
        self.put(encode("welcome", head=self.hub.feed.head, **welcome))

    async def describe_room(self):
        """Return what the client has to know about the room. From now on, its user is present."""
        await self.hub.wait_until_ready(await messages.read_head(self.room.pk))
        others_seen = await messages.read_mark_of_others(self.room.pk, self.user)
        here = await self.hub.renew_leases([self], settings.CHAT["LEASE_SECONDS"])
        return {"others_seen": others_seen, "here": here}

    async def disconnect(self, code):
        if self.is_here:
            await self.leave()

    async def leave(self):
        """Leave the room. Whatever the client sends afterwards is ignored."""
        self.is_here = False
        self.limits.remove_socket(self)
        self.send_queue.close()
        await self.hub.leave(self)
        await self.hub.renew_leases([self], settings.CHAT["GRACE_SECONDS"])

    async def check_rights(self):
        """Close the socket if its user may no longer be here."""
        if code := await rights.find_close_code(self.scope, self.room):
            await self.end(code)

    async def end(self, code):
        """Leave the room, and close the socket once, with a code that gives the reason."""
        if self.is_here:
            try:
                await self.leave()
            finally:
                await self.close(code)

    async def receive(self, text_data=None, bytes_data=None):
        if not self.is_here:
            return
        if text_data and len(text_data.encode()) > MAX_BYTES:
            await self.end(TOO_BIG)
            return
        try:
            await self.handle(parse(text_data))
        except Refused as refusal:
            await self.refuse(refusal)

    async def refuse(self, refusal):
        """Send an error, or close the socket if the client keeps causing them."""
        self.put(refusal.frame)
        if self.limits.refusals.take():
            await self.end(TOO_MANY_REFUSALS)

    async def handle(self, frame):
        match frame:
            case SendMessage(client_id, text):
                await self.store(client_id, text)
            case EditMessage(client_id, seq, text):
                await self.store(client_id, text, Message.Kind.EDIT, seq)
            case DeleteMessage(client_id, seq):
                await self.store(client_id, "", Message.Kind.DELETION, seq)
            case Sync(after):
                await self.sync(after)
            case Seen(seq):
                await self.mark_seen(seq)
            case Typing() if not self.limits.typing.take():
                frame = encode("typing", user=self.user.username)
                await self.hub.publish(frame=frame, except_user=self.user.pk)

    async def store(self, client_id, text, kind=Message.Kind.MESSAGE, target=None):
        """Store a message or a change, confirm it to its author, and then send it to everybody."""
        take(self.limits.messages, str(client_id))
        draft = Draft(self.room.pk, self.user, client_id, text, kind, target)
        message = await messages.store(draft)
        self.put(encode("ack", client_id=str(client_id), seq=message.seq))
        frame = encode("messages", messages=[describe(message)])
        await self.hub.publish(seq=message.seq, frame=frame)

    async def sync(self, after):
        """Send the next page of what the client has missed."""
        take(self.limits.queries)
        page, head = await messages.read(self.room.pk, after, self.user)
        upto = page[-1]["seq"] if page else head
        self.put(encode("synced", messages=page, upto=upto, more=upto < head))

    async def mark_seen(self, seq):
        """Remember how far the user has read, and tell the others."""
        take(self.limits.queries)
        if await messages.raise_read_mark(self.room.pk, self.user, seq):
            frame = encode("seen", user=self.user.username, seq=seq)
            await self.hub.publish(frame=frame)

    def put(self, frame):
        """Queue a frame if the client is in the room, or close the socket if too many wait."""
        if not self.is_here:
            return
        try:
            self.send_queue.put(frame)
        except asyncio.QueueFull:
            spawn(self.end(TOO_SLOW))

import asyncio
from contextlib import suppress

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from redis.exceptions import RedisError

from chat_app import limits, messages, presence, rights
from chat_app.messages import Draft
from chat_app.models import Membership, Message, Room
from chat_app.protocol import (
    DISPLACED,
    MAX_BYTES,
    NOT_A_MEMBER,
    NOT_LOGGED_IN,
    TOO_BIG,
    TOO_MANY_REFUSALS,
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


@database_sync_to_async
def enter_room(name, user):
    """Return the room, or None if there is none that the user may see.

    Entering a public room creates a membership, which holds the user's read mark.
    """
    room = Room.objects.visible_to(user).filter(name=name).first()
    if room and not room.private:
        Membership.objects.get_or_create(room=room, user=user)
    return room


class ChatConsumer(AsyncWebsocketConsumer):
    is_here = False
    heartbeat = None
    user = None

    async def __call__(self, scope, receive, send):
        """Serve the socket, and release what it holds however it ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.user:
                limits.close_socket(self.user.pk, self)
            if self.heartbeat:
                self.heartbeat.cancel()

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
        for socket in limits.open_socket(self.user.pk, self):
            await socket.end(DISPLACED)
        self.group_name = f"chat_{room_name}"
        self.renewing = asyncio.Lock()
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        welcome = await self.describe_room()
        await self.accept()
        await self.send(encode("welcome", **welcome))
        self.heartbeat = asyncio.create_task(self.run_heartbeat())
        self.is_here = True

    async def describe_room(self):
        """Return what the client has to know about the room. From now on, its user is present."""
        head = await messages.read_head(self.room.pk)
        others_seen = await messages.read_mark_of_others(self.room.pk, self.user)
        here = await self.renew_lease(settings.CHAT["LEASE_SECONDS"])
        return {"head": head, "others_seen": others_seen, "here": here}

    async def disconnect(self, code):
        if self.is_here:
            await self.leave()

    async def leave(self):
        """Leave the room. Whatever the client sends afterwards is ignored."""
        self.is_here = False
        limits.close_socket(self.user.pk, self)
        if self.heartbeat is not asyncio.current_task():
            async with self.renewing:  # a question that is cut off leaves its connection open
                self.heartbeat.cancel()  # or it might renew the lease afterwards
        await self.channel_layer.group_discard(self.group_name, self.channel_name)
        await self.renew_lease(settings.CHAT["GRACE_SECONDS"])

    async def run_heartbeat(self):
        """Repair whatever a lost event would leave broken: revoked rights, and who is here."""
        while True:
            await asyncio.sleep(settings.CHAT["BEAT_SECONDS"])
            await self.check_rights()
            if not self.is_here:
                return
            with suppress(RedisError):  # the next beat tries again
                here = await self.renew_lease(settings.CHAT["LEASE_SECONDS"])
                await self.send(encode("presence", here=here))

    async def check_rights(self):
        """Close the socket if its user may no longer be here."""
        if code := await rights.find_close_code(self.scope, self.room):
            await self.end(code)

    async def end(self, code):
        """Leave the room, and close the socket once, with a code that gives the reason."""
        if self.is_here:
            await self.leave()
            await self.close(code)

    async def renew_lease(self, seconds):
        """Keep the user in the room for this many seconds, and announce who came or left."""
        lease = f"{self.user.username} {self.channel_name}"
        async with self.renewing:
            here, has_changed = await presence.renew(self.room.name, lease, seconds)
            if has_changed:
                await self.publish(encode("presence", here=here))
        return here

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
        await self.send(refusal.frame)
        if limits.seconds_to_wait(self.user.pk, "refusals"):
            await self.end(TOO_MANY_REFUSALS)

    def limit(self, kind, ref=None):
        """Refuse a frame if the user has sent too many of its kind."""
        if wait := limits.seconds_to_wait(self.user.pk, kind):
            raise Refused("rate_limited", ref, retry_after=wait)

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
            case Typing() if not limits.seconds_to_wait(self.user.pk, "typing"):
                frame = encode("typing", user=self.user.username)
                await self.publish(frame, except_user=self.user.pk)

    async def store(self, client_id, text, kind=Message.Kind.MESSAGE, target=None):
        """Store a message or a change, confirm it to its author, and then send it to everybody."""
        self.limit("messages", str(client_id))
        draft = Draft(self.room.pk, self.user, client_id, text, kind, target)
        message = await messages.store(draft)
        await self.send(encode("ack", client_id=str(client_id), seq=message.seq))
        event = {"type": "chat.message", "message": describe(message)}
        await self.channel_layer.group_send(self.group_name, event)

    async def sync(self, after):
        """Send the next page of what the client has missed."""
        self.limit("queries")
        page, head = await messages.read(self.room.pk, after, self.user)
        upto = page[-1]["seq"] if page else head
        await self.send(encode("synced", messages=page, upto=upto, more=upto < head))

    async def mark_seen(self, seq):
        """Remember how far the user has read, and tell the others."""
        self.limit("queries")
        if await messages.raise_read_mark(self.room.pk, self.user, seq):
            await self.publish(encode("seen", user=self.user.username, seq=seq))

    async def publish(self, frame, except_user=None):
        """Send a frame that isn't a message to everybody in the room, except one user."""
        event = {"type": "chat.frame", "frame": frame, "except_user": except_user}
        await self.channel_layer.group_send(self.group_name, event)

    async def chat_message(self, event):
        if self.is_here:
            await self.send(encode("messages", messages=[event["message"]]))

    async def chat_frame(self, event):
        if self.is_here and event["except_user"] != self.user.pk:
            await self.send(event["frame"])

    async def chat_recheck(self, event):
        if event["user_id"] == self.user.pk:
            await self.check_rights()

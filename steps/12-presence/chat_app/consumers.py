import asyncio
from contextlib import suppress

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from redis.exceptions import RedisError

from chat_app import messages, presence
from chat_app.messages import Draft
from chat_app.models import Message, Room
from chat_app.protocol import (
    NOT_A_MEMBER,
    NOT_LOGGED_IN,
    DeleteMessage,
    EditMessage,
    Refused,
    SendMessage,
    Sync,
    Typing,
    describe,
    encode,
    parse,
)


@database_sync_to_async
def find_room(name, user):
    """Return the room, or None if there is none that the user may see."""
    return Room.objects.visible_to(user).filter(name=name).first()


class ChatConsumer(AsyncWebsocketConsumer):
    group_name = None
    heartbeat = None

    async def __call__(self, scope, receive, send):
        """Serve the socket, and stop its heartbeat however it ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.heartbeat:
                self.heartbeat.cancel()

    async def connect(self):
        self.user = self.scope["user"]
        if not self.user.is_authenticated:
            await self.accept()
            await self.close(NOT_LOGGED_IN)
            return
        room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.room = await find_room(room_name, self.user)
        if self.room is None:
            await self.accept()
            await self.close(NOT_A_MEMBER)
            return
        self.group_name = f"chat_{room_name}"
        self.renewing = asyncio.Lock()
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        welcome = await self.describe_room()
        await self.accept()
        await self.send(encode("welcome", **welcome))
        self.heartbeat = asyncio.create_task(self.run_heartbeat())

    async def describe_room(self):
        """Return what the client has to know about the room. From now on, its user is present."""
        head = await messages.read_head(self.room.pk)
        here = await self.renew_lease(settings.CHAT["LEASE_SECONDS"])
        return {"head": head, "here": here}

    async def disconnect(self, code):
        if self.group_name:
            async with self.renewing:  # a question that is cut off leaves its connection open
                self.heartbeat.cancel()  # or it might renew the lease afterwards
            await self.channel_layer.group_discard(self.group_name, self.channel_name)
            await self.renew_lease(settings.CHAT["GRACE_SECONDS"])

    async def run_heartbeat(self):
        """Renew the lease, and tell the client who is here, in case an announcement was lost."""
        while True:
            await asyncio.sleep(settings.CHAT["BEAT_SECONDS"])
            with suppress(RedisError):  # the next beat tries again
                here = await self.renew_lease(settings.CHAT["LEASE_SECONDS"])
                await self.send(encode("presence", here=here))

    async def renew_lease(self, seconds):
        """Keep the user in the room for this many seconds, and announce who came or left."""
        lease = f"{self.user.username} {self.channel_name}"
        async with self.renewing:
            here, has_changed = await presence.renew(self.room.name, lease, seconds)
            if has_changed:
                await self.publish(encode("presence", here=here))
        return here

    async def receive(self, text_data=None, bytes_data=None):
        if not self.group_name:
            return
        try:
            await self.handle(parse(text_data))
        except Refused as refusal:
            await self.send(refusal.frame)

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
            case Typing():
                frame = encode("typing", user=self.user.username)
                await self.publish(frame, except_user=self.user.pk)

    async def store(self, client_id, text, kind=Message.Kind.MESSAGE, target=None):
        """Store a message or a change, confirm it to its author, and then send it to everybody."""
        draft = Draft(self.room.pk, self.user, client_id, text, kind, target)
        message = await messages.store(draft)
        await self.send(encode("ack", client_id=str(client_id), seq=message.seq))
        event = {"type": "chat.message", "message": describe(message)}
        await self.channel_layer.group_send(self.group_name, event)

    async def sync(self, after):
        """Send the next page of what the client has missed."""
        page, head = await messages.read(self.room.pk, after)
        upto = page[-1]["seq"] if page else head
        await self.send(encode("synced", messages=page, upto=upto, more=upto < head))

    async def publish(self, frame, except_user=None):
        """Send a frame that isn't a message to everybody in the room, except one user."""
        event = {"type": "chat.frame", "frame": frame, "except_user": except_user}
        await self.channel_layer.group_send(self.group_name, event)

    async def chat_message(self, event):
        await self.send(encode("messages", messages=[event["message"]]))

    async def chat_frame(self, event):
        if event["except_user"] != self.user.pk:
            await self.send(event["frame"])

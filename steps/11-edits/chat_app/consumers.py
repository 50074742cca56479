from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from chat_app import messages
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
    describe,
    encode,
    parse,
)


@database_sync_to_async
def find_room(name, user):
    """Return the room, or None if there is none that the user may see."""
    return Room.objects.visible_to(user).filter(name=name).first()


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.group_name = None
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
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        head = await messages.read_head(self.room.pk)
        await self.accept()
        await self.send(encode("welcome", head=head))

    async def disconnect(self, code):
        if self.group_name:
            await self.channel_layer.group_discard(self.group_name, self.channel_name)

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

    async def chat_message(self, event):
        await self.send(encode("messages", messages=[event["message"]]))

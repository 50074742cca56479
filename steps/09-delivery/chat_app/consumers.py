from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from chat_app import messages
from chat_app.messages import Draft
from chat_app.models import Room
from chat_app.protocol import NOT_A_MEMBER, NOT_LOGGED_IN, Refused, describe, encode, parse


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
            client_id, text = parse(text_data)
            await self.store(client_id, text)
        except Refused as refusal:
            await self.send(refusal.frame)

    async def store(self, client_id, text):
        """Store a message, confirm it to its author, and then send it to everybody."""
        message = await messages.store(Draft(self.room.pk, self.user, client_id, text))
        await self.send(encode("ack", client_id=str(client_id), seq=message.seq))
        event = {"type": "chat.message", "message": describe(message)}
        await self.channel_layer.group_send(self.group_name, event)

    async def chat_message(self, event):
        await self.send(encode("messages", messages=[event["message"]]))

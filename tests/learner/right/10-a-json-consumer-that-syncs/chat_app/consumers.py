import json
import uuid

from channels.generic.websocket import AsyncJsonWebsocketConsumer

from chat_app import messages
from chat_app.models import Room
from chat_app.protocol import describe

LONGEST = 1000


def complaint_about(frame):
    """Return what is wrong with a frame, or None."""
    if not isinstance(frame, dict) or frame.get("type") not in ("message", "sync"):
        return "Send a JSON object with the type message or sync."
    if frame["type"] == "sync":
        after = frame.get("after")
        is_number = isinstance(after, int) and not isinstance(after, bool)
        return None if is_number and 0 <= after < 2**60 else "The number after is missing."
    try:
        uuid.UUID(frame.get("client_id"))
        frame["message"].encode()
    except (ValueError, TypeError, AttributeError, KeyError):
        return "Send a text, and a UUID as its client_id."
    if not 0 < len(frame["message"].strip()) <= len(frame["message"]) <= LONGEST:
        return "The message is empty or too long."
    return None


class ChatConsumer(AsyncJsonWebsocketConsumer):
    room = None

    async def connect(self):
        user, room_name = self.scope["user"], self.scope["url_route"]["kwargs"]["room_name"]
        await self.accept()
        if not user.is_authenticated:
            return await self.close(4401)
        room = await Room.objects.visible_to(user).filter(name=room_name).afirst()
        if room is None:
            return await self.close(4403)
        await self.channel_layer.group_add(f"chat_{room.pk}", self.channel_name)
        self.room = room
        await self.send_json({"type": "welcome", "head": await messages.read_head(room.pk)})

    async def disconnect(self, code):
        if self.room:
            await self.channel_layer.group_discard(f"chat_{self.room.pk}", self.channel_name)

    @classmethod
    async def decode_json(cls, text_data):
        try:
            return json.loads(text_data)
        except (ValueError, RecursionError):
            return None

    async def receive(self, text_data=None, bytes_data=None, **more):
        if self.room:
            await self.receive_json(await self.decode_json(text_data) if text_data else None)

    async def receive_json(self, frame):
        if complaint := complaint_about(frame):
            ref = frame.get("client_id") if isinstance(frame, dict) else None
            return await self.send_json({"type": "error", "detail": complaint, "ref": ref})
        await getattr(self, f"on_{frame['type']}")(frame)

    async def on_message(self, frame):
        draft = messages.Draft(
            self.room.pk, self.scope["user"], uuid.UUID(frame["client_id"]), frame["message"]
        )
        try:
            message = await messages.store(draft)
        except messages.Refused as refusal:
            return await self.send(refusal.frame)
        ack = {"type": "ack", "client_id": frame["client_id"], "seq": message.seq}
        await self.send_json(ack)
        event = {"type": "told", "messages": [describe(message)]}
        await self.channel_layer.group_send(f"chat_{self.room.pk}", event)

    async def on_sync(self, frame):
        page, head = await messages.read(self.room.pk, frame["after"])
        upto = page[-1]["seq"] if page else head
        more = upto < head
        await self.send_json({"type": "synced", "messages": page, "upto": upto, "more": more})

    async def told(self, event):
        await self.send_json({"type": "messages", "messages": event["messages"]})

from asgiref.sync import async_to_sync
from channels.generic.websocket import JsonWebsocketConsumer


class RoomConsumer(JsonWebsocketConsumer):
    def connect(self):
        self.group_name = f"room_{self.scope['url_route']['kwargs']['room_name']}"
        async_to_sync(self.channel_layer.group_add)(self.group_name, self.channel_name)
        self.accept()

    def disconnect(self, code):
        async_to_sync(self.channel_layer.group_discard)(self.group_name, self.channel_name)

    def receive_json(self, content):
        event = {"type": "room.message", "text": content["text"]}
        async_to_sync(self.channel_layer.group_send)(self.group_name, event)

    def room_message(self, event):
        self.send_json({"text": event["text"]})

import json

from asgiref.sync import async_to_sync
from channels.generic.websocket import WebsocketConsumer

from chat_app.protocol import read_message


class ChatConsumer(WebsocketConsumer):
    def connect(self):
        self.room = "room." + self.scope["url_route"]["kwargs"]["room_name"]
        async_to_sync(self.channel_layer.group_add)(self.room, self.channel_name)
        self.accept()

    def disconnect(self, close_code):
        async_to_sync(self.channel_layer.group_discard)(self.room, self.channel_name)

    def receive(self, text_data=None, bytes_data=None):
        try:
            words = read_message(text_data)
        except ValueError as error:
            return self.send(text_data=json.dumps({"error": str(error)}))
        async_to_sync(self.channel_layer.group_send)(
            self.room, {"message": words, "type": "said_in_room"}
        )

    def said_in_room(self, event):
        self.send(text_data=json.dumps({"message": event["message"], "kind": "said"}))

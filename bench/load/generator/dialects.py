"""How to talk to each server: its URL, its greeting, and its frames.

`read` returns the kind of a payload: "texts" (with the texts), "ready" (the server has let us in),
"refused" (it rejected a text) or "other".
"""

import json
from urllib.parse import urlsplit

TEXTS, READY, REFUSED, OTHER, PING = "texts", "ready", "refused", "other", "ping"


class Plain:
    """The frame is just the text, as in the examples of Starlette, websockets and ws."""

    says_when_ready = False
    greeting = reports_seen = ""

    def url(self, port: int, room: str) -> str:
        return f"ws://127.0.0.1:{port}/ws/chat/{room}/"

    def headers(self, url: str, cookie: str) -> dict[str, str]:
        """Return the headers that a same-site page sends for the cookie's user."""
        origin = {"Origin": f"http://{urlsplit(url).netloc}"}
        return origin | ({"Cookie": cookie} if cookie else {})

    def wrap(self, text: str, client_id: str) -> str:
        return text

    def read(self, payload: bytes) -> tuple[str, list]:
        return TEXTS, [(payload.decode(), None)]


class CheckpointDialect(Plain):
    """Checkpoint 05: a JSON object with one text."""

    def wrap(self, text, client_id):
        return json.dumps({"message": text})

    def read(self, payload):
        frame = json.loads(payload)
        return (TEXTS, [(frame["message"], None)]) if "message" in frame else (REFUSED, [])


class DeliveryDialect(Plain):
    """Steps 09 to 12: the server welcomes, numbers and acknowledges."""

    says_when_ready = True

    def wrap(self, text, client_id):
        return f'{{"type":"message","client_id":"{client_id}","message":{json.dumps(text)}}}'

    def read(self, payload):
        frame = json.loads(payload)
        match frame["type"]:
            case "messages" | "synced":
                return TEXTS, [(m["message"], m["seq"]) for m in frame["messages"]]
            case "welcome":
                return READY, []
            case "error" | "behind":
                return REFUSED, []
        return OTHER, []


class HistoryDialect(DeliveryDialect):
    """Step 08: the server sends a welcome and message numbers, but messages have no client_id."""

    def wrap(self, text, client_id):
        return json.dumps({"message": text})


class Final(DeliveryDialect):
    """The finished app and steps from 13 on: clients also report what they've seen."""

    reports_seen = '{{"type":"seen","seq":{}}}'


class SocketIO(Plain):
    """A Socket.IO 5 event in an Engine.IO 4 packet, over a WebSocket from the start."""

    says_when_ready = True
    greeting = "40"

    def url(self, port, room):
        return f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket&room={room}"

    def wrap(self, text, client_id):
        return "42" + json.dumps(["message", text])

    def read(self, payload):
        if payload.startswith(b"42"):
            return TEXTS, [(json.loads(payload[2:])[1], None)]
        if payload.startswith(b"40"):
            return READY, []
        return (PING if payload == b"2" else OTHER), []


DIALECTS = {
    "plain": Plain(),
    "step": CheckpointDialect(),
    "step-history": HistoryDialect(),
    "step-delivery": DeliveryDialect(),
    "final": Final(),
    "socketio": SocketIO(),
}

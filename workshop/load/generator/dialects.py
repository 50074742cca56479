"""How to talk to each server: its address, its greeting, how a text travels there and back.

`read` names what a payload is: "texts" (and which), "ready" (the server has let us in), "refused"
(it did not take a text), or "other".
"""

import json
from urllib.parse import urlsplit

TEXTS, READY, REFUSED, OTHER, PING = "texts", "ready", "refused", "other", "ping"


class Plain:
    """The text is the frame, both ways, as the examples of Starlette, websockets and ws have it."""

    says_when_ready = False
    greeting = reports_seen = ""

    def address(self, port: int, room: str) -> str:
        return f"ws://127.0.0.1:{port}/ws/chat/{room}/"

    def headers(self, address: str, cookie: str) -> dict[str, str]:
        """Return the headers of a page of this very site, opened by whoever has the cookie."""
        origin = {"Origin": f"http://{urlsplit(address).netloc}"}
        return origin | ({"Cookie": cookie} if cookie else {})

    def wrap(self, text: str, client_id: str) -> str:
        return text

    def read(self, payload: bytes) -> tuple[str, list]:
        return TEXTS, [(payload.decode(), None)]


class Step(Plain):
    """Checkpoint 05: an object with one text in it."""

    def wrap(self, text, client_id):
        return json.dumps({"message": text})

    def read(self, payload):
        frame = json.loads(payload)
        return (TEXTS, [(frame["message"], None)]) if "message" in frame else (REFUSED, [])


class Final(Plain):
    """The finished app: welcomed, acknowledged, numbered, and told what was seen."""

    says_when_ready = True
    reports_seen = '{{"type":"seen","seq":{}}}'

    def wrap(self, text, client_id):
        return f'{{"type":"message","client_id":"{client_id}","message":{json.dumps(text)}}}'

    def read(self, payload):
        frame = json.loads(payload)
        match frame["type"]:
            case "messages" | "synced":
                return TEXTS, [(one["message"], one["seq"]) for one in frame["messages"]]
            case "welcome":
                return READY, []
            case "error" | "behind":
                return REFUSED, []
        return OTHER, []


class SocketIO(Plain):
    """An event of Socket.IO 5 in a packet of Engine.IO 4, over a WebSocket from the start."""

    says_when_ready = True
    greeting = "40"

    def address(self, port, room):
        return f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket&room={room}"

    def wrap(self, text, client_id):
        return "42" + json.dumps(["message", text])

    def read(self, payload):
        if payload.startswith(b"42"):
            return TEXTS, [(json.loads(payload[2:])[1], None)]
        if payload.startswith(b"40"):
            return READY, []
        return (PING if payload == b"2" else OTHER), []


DIALECTS = {"plain": Plain(), "step": Step(), "final": Final(), "socketio": SocketIO()}

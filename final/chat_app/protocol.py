"""The frames of a socket: what a client may say, what it is told, every error and close code.

`parse` returns nothing but checked values: no key that a client invents, such as `author`,
reaches the database or the channel layer.
"""

import json
from uuid import UUID

encoder = json.JSONEncoder(ensure_ascii=False)  # json.dumps makes one for every frame
MAX_BYTES, MAX_CHARACTERS = 65_536, 4_000
NOT_LOGGED_IN, NOT_A_MEMBER, TOO_BIG = 4401, 4403, 4413
TOO_SLOW, TOO_MANY_SOCKETS, TOO_MANY_REFUSALS = 4408, 4409, 4429
ERRORS = {
    "bad_json": "Send one JSON object in each frame.",
    "text_only": "Send text frames, not binary ones.",
    "not_object": "Send a JSON object with a type.",
    "unknown_type": "Send a message, sync, seen or typing.",
    "bad_field": "Send a text as message, a UUID as client_id, whole numbers as after and seq.",
    "bad_text": "Send text without NUL and without half characters.",
    "empty": "Write something that can be seen.",
    "too_long": f"Write a message of at most {MAX_CHARACTERS} characters.",
    "client_id_reused": "Send a new message with a new client_id.",
    "no_room": "Go back to the list of rooms: this one is not open to you.",
    "rate_limited": "Wait as long as retry_after says, then send it again.",
    "unavailable": "Send it again in a few seconds: the database did not answer.",
}


class Refused(Exception):
    def __init__(self, code, ref=None, **fields):
        self.frame = encode("error", code=code, detail=ERRORS[code], ref=ref, **fields)


def parse(text):
    """A tuple: the frame's type and its checked fields. Raises Refused."""
    if text is None:
        raise Refused("text_only")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("bad_json") from None
    match frame:
        case {"type": "message"}:
            return "message", *parse_message(frame.get("client_id"), frame.get("message"))
        case {"type": "sync"}:
            return "sync", parse_seq(frame.get("after"))
        case {"type": "seen"}:
            return "seen", parse_seq(frame.get("seq"))
        case {"type": "typing"}:
            return ("typing",)
    raise Refused("unknown_type" if isinstance(frame, dict) else "not_object")


def parse_message(client_id, text):
    try:
        known = UUID(client_id)
        ref = client_id if str(known) == client_id else None
    except (ValueError, TypeError, AttributeError):
        ref = None
    if not ref or not isinstance(text, str):
        raise Refused("bad_field", ref)
    if "\0" in text or not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        raise Refused("bad_text", ref)
    if len(text) > MAX_CHARACTERS:
        raise Refused("too_long", ref)
    if not any(character.isprintable() and character != " " for character in text):
        raise Refused("empty", ref)
    return known, text


def parse_seq(value):
    if type(value) is not int or not 0 <= value < 2**63:
        raise Refused("bad_field")
    return value


def encode(kind, **fields):
    return encoder.encode({"type": kind, **fields})


def messages(texts, kind="messages", **fields):
    """A frame of messages that are encoded already: they are only joined."""
    return encode(kind, **fields)[:-1] + f', "messages": [{", ".join(texts)}]}}'

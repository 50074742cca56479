import json
from dataclasses import dataclass
from uuid import UUID

MAX_BYTES = 65_536  # of a frame
MAX_LENGTH = 1000
NOT_LOGGED_IN = 4401  # a close code; applications may use 4000 to 4999
NOT_A_MEMBER = 4403
TOO_SLOW = 4408
DISPLACED = 4409  # by a newer socket of the same user
TOO_BIG = 4413
TOO_MANY_REFUSALS = 4429

# Programs read the code, people the sentence.
ERRORS = {
    "bad_json": "Send one JSON object in each frame.",
    "text_only": "Send text frames, not binary ones.",
    "unknown_type": "Send a JSON object with the type message, edit, delete, sync, seen or typing.",
    "bad_field": "Send a text as message, a UUID as client_id, whole numbers as after and seq.",
    "bad_text": "Send text without NUL and without half characters.",
    "empty": "Write something that can be seen.",
    "too_long": f"Write a message of at most {MAX_LENGTH} characters.",
    "client_id_reused": "Send a new message with a new client_id.",
    "unknown_message": "Choose another message: this one is deleted or never existed.",
    "not_yours": "Choose a message of your own: only its author may change it.",
    "no_room": "Go back to the list of rooms: this one is not open to you.",
    "rate_limited": "That was fast. It will be sent again in a moment.",
}


@dataclass
class SendMessage:
    """The client sends a message."""

    client_id: UUID
    text: str


@dataclass
class EditMessage:
    """The client changes the text of message number `seq`."""

    client_id: UUID
    seq: int
    text: str


@dataclass
class DeleteMessage:
    """The client deletes the message number `seq`."""

    client_id: UUID
    seq: int


@dataclass
class Sync:
    """The client asks for the messages after a number."""

    after: int


@dataclass
class Seen:
    """The client's user has read up to a number."""

    seq: int


@dataclass
class Typing:
    """The client's user is typing."""


class Refused(Exception):
    """Raised to refuse a client's frame. `frame` is the error to answer with."""

    def __init__(self, code, ref=None, **fields):
        super().__init__(code)
        self.frame = encode("error", code=code, detail=ERRORS[code], ref=ref, **fields)


def parse(text):
    """Return a client's frame as one of the classes above, or raise Refused.

    It only returns validated values. Keys that a client makes up, such as `author`, are ignored.
    """
    if text is None:
        raise Refused("text_only")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("bad_json") from None
    match frame:
        case {"type": "message"}:
            client_id = parse_client_id(frame.get("client_id"))
            return SendMessage(client_id, parse_text(frame.get("message"), str(client_id)))
        case {"type": "edit"}:
            client_id = parse_client_id(frame.get("client_id"))
            seq = parse_number(frame.get("seq"), str(client_id))
            return EditMessage(client_id, seq, parse_text(frame.get("message"), str(client_id)))
        case {"type": "delete"}:
            client_id = parse_client_id(frame.get("client_id"))
            return DeleteMessage(client_id, parse_number(frame.get("seq"), str(client_id)))
        case {"type": "sync"}:
            return Sync(parse_number(frame.get("after")))
        case {"type": "seen"}:
            return Seen(parse_number(frame.get("seq")))
        case {"type": "typing"}:
            return Typing()
    raise Refused("unknown_type")


def parse_client_id(value):
    """Return a UUID if `value` is one in the usual form, in lower case and with hyphens."""
    try:
        client_id = UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise Refused("bad_field") from None
    if str(client_id) != value:
        raise Refused("bad_field")
    return client_id


def parse_text(text, ref):
    """Return a text that can be stored and isn't blank."""
    if not isinstance(text, str):
        raise Refused("bad_field", ref)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused("bad_text", ref) from None
    if "\0" in text:
        raise Refused("bad_text", ref)
    if not any(character.isprintable() and character != " " for character in text):
        raise Refused("empty", ref)
    if len(text) > MAX_LENGTH:
        raise Refused("too_long", ref)
    return text


def parse_number(value, ref=None):
    """Return a message number that fits into the database."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise Refused("bad_field", ref)
    return value


def encode(kind, **fields):
    """Return a frame of the given type as JSON."""
    return json.dumps({"type": kind, **fields})


def describe(message):
    """Return a stored message or change as it appears in every frame and page."""
    fields = {
        "seq": message.seq,
        "author": message.author.username,
        "client_id": str(message.client_id) if message.client_id else None,
        "message": message.text,
        "at": message.at.isoformat(),
    }
    if message.kind == "edit":
        fields["edits"] = message.target
    elif message.kind == "deletion":
        fields["deletes"] = message.target
    elif message.deleted:
        fields["deleted"] = True
    elif message.edited:
        fields["edited"] = True
    return fields

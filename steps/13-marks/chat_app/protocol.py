import json
from dataclasses import dataclass
from uuid import UUID

MAX_LENGTH = 1000
NOT_LOGGED_IN = 4401  # a close code; applications may use 4000 to 4999
NOT_A_MEMBER = 4403


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

    def __init__(self, detail, ref=None):
        super().__init__(detail)
        self.frame = encode("error", detail=detail, ref=ref)


def parse(text):
    """Return a client's frame as one of the classes above, or raise Refused."""
    if text is None:
        raise Refused("Send a text frame, not a binary one.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("That is not JSON.") from None
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
    raise Refused("Send a JSON object with the type message, edit, delete, sync, seen or typing.")


def parse_client_id(value):
    """Return `value` as a UUID, or raise Refused."""
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise Refused("Send a UUID as client_id.") from None


def parse_text(text, ref):
    """Return `text` if it can be stored, or raise Refused."""
    if not isinstance(text, str):
        raise Refused("Send a text as message.", ref)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refused("The message holds half a character.", ref) from None
    if not text.strip():
        raise Refused("The message is empty.", ref)
    if len(text) > MAX_LENGTH:
        raise Refused(f"The message is longer than {MAX_LENGTH} characters.", ref)
    return text


def parse_number(value, ref=None):
    """Return a message number that fits into the database."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise Refused("Send the number of a message.", ref)
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

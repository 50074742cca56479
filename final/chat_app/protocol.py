"""The socket's protocol: the frames of clients and server, error codes and close codes.

Clients can send anything, so `parse` validates every frame and returns only validated values. Keys
that a client makes up, such as `author`, are ignored.

The server's frames are JSON objects with a `type`:

- `waiting`: the client isn't in the room yet, because the server is busy.
- `welcome`: the client is in. It has `you` (the username), `head` (the newest message's number),
  `seen` and `others_seen` (how far the user and anybody else have read), `count` and `here` (how
  many people are here, and the first names, as presence.py lists them), and `limits`: `message`
  (characters) and `sync` (messages per reply).
- `messages`: new ones, in `messages`, without gaps. `encode_message` makes each of them.
- `synced`: the reply to a sync, with `messages`, `upto` (the number up to which the client is now
  complete) and `more` (whether it has to ask again).
- `behind`: there are new messages up to the number `head`, which the
  client has to ask for with sync.
- `ack`: the message with this `client_id` is stored as number `seq`.
- `error`: a frame was refused. It has `code`, `detail` (a sentence), `ref` (the frame's client_id,
  or null), and for `rate_limited` also `retry_after` (seconds).
- `presence`: `count` is how many people are here, and `users` are the names to show or to drop, as
  {name: whether they are here}.
- `seen`: `user` has read up to the number `seq`.
- `typing`: `user` is typing.

Users are identified by their usernames. Messages and `typing` also have `name`, the display name,
if the user has one.
"""

import json
from dataclasses import dataclass
from uuid import UUID

MAX_BYTES = 65_536  # of a frame; some of the server's are a little longer
MAX_CHARACTERS = 4_000

# Close codes.
NOT_LOGGED_IN = 4401
NOT_A_MEMBER = 4403
LEFT = 4405  # the user left a public room, and may enter it again
TOO_SLOW = 4408
DISPLACED = 4409  # another socket of the same user took over
DELETED = 4410  # the room
TOO_BIG = 4413
TOO_MANY_REFUSALS = 4429
UNAVAILABLE = 4503

# Error codes; the socket stays open.
ERRORS = {
    "bad_json": "Send one JSON object in each frame.",
    "text_only": "Send text frames, not binary ones.",
    "not_object": "Send a JSON object with a type.",
    "unknown_type": "Send a message, edit, delete, sync, seen or typing.",
    "bad_field": "Send a text as message, a UUID as client_id, whole numbers as after and seq.",
    "bad_text": "Send text without NUL and without half characters.",
    "empty": "Write something that can be seen.",
    "too_long": f"Write a message of at most {MAX_CHARACTERS} characters.",
    "client_id_reused": "Send a new message with a new client_id.",
    "unknown_message": "Choose another message: this one is deleted or never existed.",
    "not_yours": "Choose a message of your own: only its author may change it.",
    "no_room": "Go back to the list of rooms: this one is not open to you.",
    "rate_limited": "Wait as long as retry_after says, then send it again.",
    "unavailable": "Send it again in a few seconds: the database did not answer.",
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
    """The client has read up to a number."""

    seq: int


@dataclass
class Typing:
    """The client's user is typing."""


class Refused(Exception):
    """Raised to refuse a client's frame. `frame` is the error to answer with."""

    def __init__(self, code, ref=None, **fields):
        super().__init__(code)
        self.code = code
        self.frame = encode("error", code=code, detail=ERRORS[code], ref=ref, **fields)


def parse(text):
    """Return a client's frame as one of the classes above, or raise Refused."""
    if text is None:
        raise Refused("text_only")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("bad_json") from None
    match frame:
        case {"type": "message"}:
            client_id = parse_client_id(frame.get("client_id"))
            return SendMessage(client_id, parse_text(frame.get("message"), client_id))
        case {"type": "edit"}:
            client_id = parse_client_id(frame.get("client_id"))
            seq = parse_number(frame.get("seq"), client_id)
            return EditMessage(client_id, seq, parse_text(frame.get("message"), client_id))
        case {"type": "delete"}:
            client_id = parse_client_id(frame.get("client_id"))
            return DeleteMessage(client_id, parse_number(frame.get("seq"), client_id))
        case {"type": "sync"}:
            return Sync(after=parse_number(frame.get("after")))
        case {"type": "seen"}:
            return Seen(seq=parse_number(frame.get("seq")))
        case {"type": "typing"}:
            return Typing()
    raise Refused("unknown_type" if isinstance(frame, dict) else "not_object")


def parse_client_id(value):
    """Return a UUID if `value` is one in the usual form, in lower case and with hyphens."""
    try:
        client_id = UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise Refused("bad_field") from None
    if str(client_id) != value:
        raise Refused("bad_field")
    return client_id


def parse_text(text, client_id=None):
    """Return a text that can be stored and isn't blank. An error refers to the client_id."""
    ref = client_id and str(client_id)
    if not isinstance(text, str):
        raise Refused("bad_field", ref)
    if "\0" in text or not is_encodable(text):
        raise Refused("bad_text", ref)
    if len(text) > MAX_CHARACTERS:
        raise Refused("too_long", ref)
    if not any(character.isprintable() and character != " " for character in text):
        raise Refused("empty", ref)
    return text


def parse_number(value, client_id=None):
    """Return a message number that fits into the database."""
    if type(value) is not int or not 0 <= value < 2**63:  # bool is an int, too
        raise Refused("bad_field", client_id and str(client_id))
    return value


def is_encodable(text):
    """Whether a text can be stored: JSON can contain half a character, such as "\\ud800"."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def encode(kind, **fields):
    """Return a frame of the given type as JSON."""
    return json.dumps({"type": kind, **fields}, ensure_ascii=False)


def encode_message(message):
    """Return a stored message or change as JSON, as it appears in every frame and page."""
    at = message.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    fields = {
        "seq": message.seq,
        "author": message.author and message.author.username,
        **name_field(message.author),
        "client_id": str(message.client_id),
        "message": message.text,
        "at": at,
    }
    if message.kind == "edit":
        fields["edits"] = message.target
    elif message.kind == "deletion":
        fields["deletes"] = message.target
        del fields["message"]
    elif message.deleted:
        fields["deleted"] = True
    elif message.edited:
        fields["edited"] = True
    return json.dumps(fields, ensure_ascii=False)


def name_field(user):
    """Return {"name": …} for a user with a display name, and {} for all others, including None."""
    name = user and user.get_short_name()
    return {"name": name} if name else {}


def messages_frame(encoded_messages, kind="messages", **fields):
    """Return a frame around messages that are already JSON, so that each is only encoded once."""
    opening = encode(kind, **fields).removesuffix("}")
    return f'{opening}, "messages": [{", ".join(encoded_messages)}]}}'


def pages(encoded_messages):
    """Split {number: encoded message} into parts that each fit into a frame."""
    page = {}
    space = MAX_BYTES
    for seq, encoded in encoded_messages.items():
        size = len(encoded.encode())
        if page and size > space:
            yield page
            page = {}
            space = MAX_BYTES
        page[seq] = encoded
        space -= size
    if page:
        yield page

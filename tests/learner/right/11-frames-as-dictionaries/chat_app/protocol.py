import json
from uuid import UUID

MAX_LENGTH = 1000
NOT_LOGGED_IN = 4401  # a close code; applications may use 4000 to 4999
NOT_A_MEMBER = 4403


class Refused(Exception):
    """A client's frame that is answered with an error. `ref` is its client_id, if it has one."""

    def __init__(self, detail, ref=None):
        super().__init__(detail)
        self.frame = encode("error", detail=detail, ref=ref)


def parse(text):
    """Return a client's frame as a dictionary of checked values."""
    if text is None:
        raise Refused("Send a text frame, not a binary one.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("That is not JSON.") from None
    kind = frame.get("type") if isinstance(frame, dict) else None
    needed = NEEDED.get(kind) if isinstance(kind, str) else None
    if needed is None:
        raise Refused("Nothing has this type.")
    ref = str(parse_client_id(frame.get("client_id"))) if "client_id" in needed else None
    checked = {name: CHECKS[name](frame.get(name), ref) for name in needed}
    return {"type": kind, **checked}


def parse_client_id(value, ref=None):
    """Return a UUID if `value` is one."""
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise Refused("Send a UUID as client_id.") from None


def parse_text(text, ref):
    """Return a text that can be stored."""
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


CHECKS = {
    "client_id": parse_client_id,
    "message": parse_text,
    "seq": parse_number,
    "after": parse_number,
}
NEEDED = {
    "message": ["client_id", "message"],
    "edit": ["client_id", "seq", "message"],
    "delete": ["client_id", "seq"],
    "sync": ["after"],
}


def encode(kind, **fields):
    """Return a frame of the given type as JSON."""
    return json.dumps({"type": kind, **fields})


def describe(message):
    """Return a stored message or change as it appears in every frame and page."""
    fields = {
        "seq": message.seq,
        "author": message.author.username,
        "client_id": message.client_id and str(message.client_id),
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

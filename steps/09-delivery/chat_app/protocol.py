import json
from uuid import UUID

MAX_LENGTH = 1000
NOT_LOGGED_IN = 4401  # a close code; applications may use 4000 to 4999
NOT_A_MEMBER = 4403


class Refused(Exception):
    """Raised to refuse a client's frame. `frame` is the error to answer with."""

    def __init__(self, detail, ref=None):
        super().__init__(detail)
        self.frame = encode("error", detail=detail, ref=ref)


def parse(text):
    """Return the client_id and the text of a client's message, or raise Refused."""
    if text is None:
        raise Refused("Send a text frame, not a binary one.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("That is not JSON.") from None
    match frame:
        case {"type": "message"}:
            client_id = parse_client_id(frame.get("client_id"))
            return client_id, parse_text(frame.get("message"), str(client_id))
    raise Refused('Send a JSON object with the type "message".')


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


def encode(kind, **fields):
    """Return a frame of the given type as JSON."""
    return json.dumps({"type": kind, **fields})


def describe(message):
    """Return a stored message as it appears in every frame and page."""
    return {
        "seq": message.seq,
        "author": message.author.username,
        "client_id": str(message.client_id) if message.client_id else None,
        "message": message.text,
        "at": message.at.isoformat(),
    }

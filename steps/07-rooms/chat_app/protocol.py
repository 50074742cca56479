import json

MAX_LENGTH = 1000
NOT_LOGGED_IN = 4401  # a close code; applications may use 4000 to 4999
NOT_A_MEMBER = 4403


def read_message(text):
    """Return the message in a frame, or raise ValueError with the reason if there is none."""
    if text is None:
        raise ValueError("Send a text frame, not a binary one.")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("That is not JSON.") from None
    if not isinstance(frame, dict) or not isinstance(frame.get("message"), str):
        raise ValueError('Send a JSON object with a text "message".')
    message = frame["message"]
    try:
        message.encode()
    except UnicodeEncodeError:
        raise ValueError("The message holds half a character.") from None
    if not message.strip():
        raise ValueError("The message is empty.")
    if len(message) > MAX_LENGTH:
        raise ValueError(f"The message is longer than {MAX_LENGTH} characters.")
    return message

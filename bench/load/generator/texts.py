"""The texts we send. Each names its sender, so it can be checked on arrival."""

from dataclasses import dataclass

PROBE = "probe"
PADDING = "."


@dataclass(frozen=True, slots=True)
class TextId:
    """Identifies a text by its room, its sender and a number."""

    room: int
    sender: int
    number: int


class Writer:
    """Writes and recognises one scenario's texts. They all contain `tag`."""

    def __init__(self, tag: str, size: int):
        self.tag = tag
        self.size = size

    def write(self, text_id: TextId) -> str:
        words = f"{self.tag} {text_id.room} {text_id.sender} {text_id.number} "
        return words.ljust(self.size, PADDING)

    def probe(self, room: int) -> str:
        return f"{self.tag} {room} {PROBE} "

    def client_id(self, text_id: TextId) -> str:
        """Return a UUID that no other text has."""
        room, sender, number = text_id.room, text_id.sender, text_id.number
        return f"{self.tag}-{room:04x}-4{sender:03x}-8000-{number:012x}"

    def recognise(self, text: str) -> TextId | str | None:
        """Return a text's TextId, PROBE for a probe, or None if we didn't send it."""
        words = text.split(" ", 4)
        if words[0] != self.tag or len(words) < 4:
            return None
        if words[2] == PROBE:
            return PROBE
        try:
            text_id = TextId(*map(int, words[1:4]))
        except ValueError:
            return None
        return text_id if self.write(text_id) == text else None

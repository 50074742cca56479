"""The texts that are sent. Each says who sent it, so that each can be judged when it arrives."""

from dataclasses import dataclass

PROBE = "probe"
PAD = "."


@dataclass(frozen=True, slots=True)
class Name:
    """A text's identity: the room that it belongs to, its sender, and its number there."""

    room: int
    sender: int
    number: int


class Writing:
    """Writes and recognises the texts of one play, which `tag` tells from all others."""

    def __init__(self, tag: str, size: int):
        self.tag, self.size = tag, size

    def write(self, name: Name) -> str:
        return f"{self.tag} {name.room} {name.sender} {name.number} ".ljust(self.size, PAD)

    def probe(self, room: int) -> str:
        return f"{self.tag} {room} {PROBE} "

    def client_id(self, name: Name) -> str:
        """Return a UUID that no other text of any play has."""
        return f"{self.tag}-{name.room:04x}-4{name.sender:03x}-8000-{name.number:012x}"

    def recognise(self, text: str) -> Name | str | None:
        """Return the name of a text of ours, PROBE, or None for one that we did not write so."""
        words = text.split(" ", 4)
        if words[0] != self.tag or len(words) < 4:
            return None
        if words[2] == PROBE:
            return PROBE
        try:
            name = Name(*map(int, words[1:4]))
        except ValueError:
            return None
        return name if self.write(name) == text else None

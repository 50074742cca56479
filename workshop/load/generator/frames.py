"""What arrived: each different payload is read once, however many members get it."""

from array import array

from workshop.load.generator import dialects
from workshop.load.generator.texts import PROBE, Name, Writing


class Frame:
    """One payload. `then` is the frame that a member got after it: most likely the others' too."""

    __slots__ = ("payload", "then", "index", "kind", "size", "names", "seqs", "strays", "own")

    def __init__(self, payload: bytes, index: int):
        self.payload, self.index, self.then = payload, index, None
        self.kind, self.size, self.strays = dialects.OTHER, 0, 0
        self.names, self.seqs, self.own = [], [], {}


class Book:
    """All frames of a play, and who got which when."""

    def __init__(self, dialect: dialects.Plain, writing: Writing):
        self.dialect, self.writing = dialect, writing
        self.frames, self.known = [], {}
        self.refused = 0
        self.nothing = Frame(b"", -1)

    def look_up(self, payload: bytes) -> Frame:
        frame = self.known.get(payload)
        if frame is None:
            frame = self.known[payload] = Frame(payload, len(self.frames))
            self.frames.append(frame)
            self._read(frame)
        return frame

    def _read(self, frame: Frame) -> None:
        frame.kind, texts = self.dialect.read(frame.payload)
        self.refused += frame.kind == dialects.REFUSED
        for text, seq in texts:
            name = self.writing.recognise(text)
            if isinstance(name, Name):
                frame.names.append(name)
                frame.own[name.sender] = frame.own.get(name.sender, 0) + 1
            elif name == PROBE:
                frame.kind = PROBE
            else:
                frame.strays += 1
            if seq is not None:
                frame.seqs.append(seq)
        frame.size = len(frame.names)


class Log:
    """The frames with texts that one member got: their indexes, and when each came."""

    def __init__(self):
        self.indexes, self.times = array("I"), array("d")

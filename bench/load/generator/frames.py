"""The frames that arrived. Each payload is parsed once, however many members get it."""

from array import array

from bench.load.generator import dialects
from bench.load.generator.texts import PROBE, TextId, Writer


class ReceivedFrame:
    """One payload. `next` is the frame that followed it for one member, and probably for all."""

    __slots__ = ("payload", "next", "index", "kind", "size", "text_ids", "seqs", "strays", "own")

    def __init__(self, payload: bytes, index: int):
        self.payload = payload
        self.index = index
        self.next = None
        self.kind = dialects.OTHER
        self.text_ids = []
        self.size = 0  # the number of texts that we sent
        self.strays = 0  # texts that nobody sent
        self.seqs = []
        self.own = {}  # how many of the texts each sender sent


class FrameBook:
    """All frames of a scenario."""

    def __init__(self, dialect: dialects.Plain, writer: Writer):
        self.dialect = dialect
        self.writer = writer
        self.frames = []
        self.known = {}
        self.refused = 0
        self.nothing = ReceivedFrame(b"", -1)

    def look_up(self, payload: bytes) -> ReceivedFrame:
        frame = self.known.get(payload)
        if frame is None:
            frame = self.known[payload] = ReceivedFrame(payload, len(self.frames))
            self.frames.append(frame)
            self._parse(frame)
        return frame

    def _parse(self, frame: ReceivedFrame) -> None:
        frame.kind, texts = self.dialect.read(frame.payload)
        self.refused += frame.kind == dialects.REFUSED
        for text, seq in texts:
            text_id = self.writer.recognise(text)
            if isinstance(text_id, TextId):
                frame.text_ids.append(text_id)
                frame.own[text_id.sender] = frame.own.get(text_id.sender, 0) + 1
            elif text_id == PROBE:
                frame.kind = PROBE
            else:
                frame.strays += 1
            if seq is not None:
                frame.seqs.append(seq)
        frame.size = len(frame.text_ids)


class ReceivedLog:
    """One member's frames with texts: their indexes and arrival times."""

    def __init__(self):
        self.indexes = array("I")
        self.times = array("d")

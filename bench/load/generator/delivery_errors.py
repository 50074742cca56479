"""Checks every text that arrived: was it lost, duplicated, out of order or in the wrong room?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.load.generator.frames import ReceivedFrame, ReceivedLog
from bench.load.generator.texts import TextId

COUNTS = ("lost", "doubled", "disordered", "strayed", "misnumbered")


@dataclass
class DeliveryErrors:
    """How many texts went wrong, once for every affected member.

    lost: never arrived. doubled: arrived again. disordered: arrived after a later text from the
    same sender. strayed: belongs to another room, or nobody sent it. misnumbered: the server's
    numbers have a gap or go backwards.
    """

    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    strayed: int = 0
    misnumbered: int = 0

    def add(self, other: "DeliveryErrors", times: int = 1) -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + times * getattr(other, name))

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def count(
    logs: Sequence[tuple[int, ReceivedLog]],
    frames: Sequence[ReceivedFrame],
    sent: dict[tuple[int, int], int],
) -> DeliveryErrors:
    """Check the logs, each with its member's room. `sent` counts texts by (room, sender).

    Members that got exactly the same frames are checked once.
    """
    times = Counter((room, log.indexes.tobytes()) for room, log in logs)
    examples = {(room, log.indexes.tobytes()): log for room, log in logs}
    total = DeliveryErrors()
    for (room, key), members in times.items():
        expected = {sender: number for (there, sender), number in sent.items() if there == room}
        total.add(_check(room, examples[room, key], frames, expected), members)
    return total


def _check(
    room: int, log: ReceivedLog, frames: Sequence[ReceivedFrame], expected: dict[int, int]
) -> DeliveryErrors:
    errors = DeliveryErrors()
    missing = set()
    upcoming = dict.fromkeys(expected, 0)  # the number that should come next, by sender
    seq = None
    for index in log.indexes:
        frame = frames[index]
        errors.strayed += frame.strays
        for number in frame.seqs:
            errors.misnumbered += seq is not None and number != seq + 1
            seq = number
        for text_id in frame.text_ids:
            _check_text(text_id, room, errors, missing, upcoming)
    never_came = sum(expected[sender] - upcoming[sender] for sender in expected)
    errors.lost += len(missing) + never_came
    return errors


def _check_text(
    text_id: TextId, room: int, errors: DeliveryErrors, missing: set, upcoming: dict
) -> None:
    following = upcoming.get(text_id.sender)
    if text_id.room != room or following is None:
        errors.strayed += 1
    elif text_id.number == following:
        upcoming[text_id.sender] += 1
    elif text_id.number > following:
        missing |= {(text_id.sender, number) for number in range(following, text_id.number)}
        upcoming[text_id.sender] = text_id.number + 1
    elif (text_id.sender, text_id.number) in missing:
        missing.discard((text_id.sender, text_id.number))
        errors.disordered += 1
    else:
        errors.doubled += 1

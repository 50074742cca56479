"""Judges every text that arrived: lost, doubled, out of order, strayed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from workshop.load.generator.frames import Frame, Log
from workshop.load.generator.texts import Name

COUNTS = ("lost", "doubled", "disordered", "strayed", "misnumbered")


@dataclass
class Verdict:
    """How many texts went wrong, each counted for every member that it concerns.

    lost: never came. doubled: came again. disordered: came after a later one of its sender.
    strayed: was sent to another room, or by nobody. misnumbered: the server's numbers have a hole
    or go back.
    """

    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    strayed: int = 0
    misnumbered: int = 0

    def add(self, other: "Verdict", times: int = 1) -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + times * getattr(other, name))

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def judge(
    logs: Sequence[tuple[int, Log]], frames: Sequence[Frame], sent: dict[tuple[int, int], int]
) -> Verdict:
    """Judge the logs, each with its member's room, by how many texts each (room, sender) sent.

    Members that got the very same frames are judged once.
    """
    same = Counter((room, log.indexes.tobytes()) for room, log in logs)
    examples = {(room, log.indexes.tobytes()): log for room, log in logs}
    total = Verdict()
    for (room, key), times in same.items():
        due = {sender: count for (there, sender), count in sent.items() if there == room}
        total.add(_judge_one(room, examples[room, key], frames, due), times)
    return total


def _judge_one(room: int, log: Log, frames: Sequence[Frame], due: dict[int, int]) -> Verdict:
    verdict, missing, upcoming, seq = Verdict(), set(), dict.fromkeys(due, 0), None
    for index in log.indexes:
        frame = frames[index]
        verdict.strayed += frame.strays
        for number in frame.seqs:
            verdict.misnumbered += seq is not None and number != seq + 1
            seq = number
        for name in frame.names:
            _take(name, room, verdict, missing, upcoming)
    verdict.lost += len(missing) + sum(due[sender] - upcoming[sender] for sender in due)
    return verdict


def _take(name: Name, room: int, verdict: Verdict, missing: set, upcoming: dict) -> None:
    following = upcoming.get(name.sender)
    if name.room != room or following is None:
        verdict.strayed += 1
    elif name.number == following:
        upcoming[name.sender] += 1
    elif name.number > following:
        missing |= {(name.sender, number) for number in range(following, name.number)}
        upcoming[name.sender] = name.number + 1
    elif (name.sender, name.number) in missing:
        missing.discard((name.sender, name.number))
        verdict.disordered += 1
    else:
        verdict.doubled += 1

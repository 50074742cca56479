"""The options of a run: what to measure, and how much of it."""

from dataclasses import dataclass

from workshop.base.errors import UsageError

KINDS = {
    "busy": "a busy room: 5 senders, 4 texts on their way each",
    "quiet": "a quiet room: 1 sender, 1 text on its way",
    "rate": "fixed rates, as shares of the busy room's throughput",
    "burst": "many texts at once",
    "members": "the busy room with fewer and more members",
    "storm": "everybody enters at once",
    "enter": "entries a second, into rooms of 10, 500 and 2,000 members",
    "idle": "idle sockets: memory and processor",
    "servers": "the finished app in 1, 2 and 4 processes",
    "redis": "the finished app on 1 and 2 Redis servers",
    "store": "messages stored a second, and the thread hop",
}
IN_ROOMS = ("busy", "quiet", "rate", "burst", "members", "storm", "enter")  # in every repetition


@dataclass(frozen=True)
class Options:
    """The parameters of a run."""

    members: int = 50
    rooms: int = 1
    seconds: float = 2.0
    repetitions: int = 3
    kinds: tuple[str, ...] = tuple(KINDS)
    database: str = "sqlite"
    text_size: int = 100
    warm: float = 0.7
    senders: int = 5
    window: int = 4
    rates: tuple[float, ...] = (0.25, 0.5, 0.8)
    burst: int = 300
    sizes: tuple[int, ...] = (10, 200)
    storm: int = 200
    idle: int = 2000
    crowds: tuple[int, ...] = (10, 500, 2000)
    entries: int = 500  # at least, because processor time is measured in steps of 10 ms
    processes: tuple[int, ...] = (1, 2, 4)


def kinds(text: str) -> tuple[str, ...]:
    """Return the kinds in a comma-separated list. Raises UsageError for an unknown one."""
    names = tuple(filter(None, text.replace(" ", "").split(",")))
    for name in names:
        if name not in KINDS:
            raise UsageError(f"--only has no {name}. There are: {', '.join(KINDS)}.")
    return names or tuple(KINDS)

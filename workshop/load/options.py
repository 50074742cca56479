"""What a run is to measure, and with how much of everything."""

from dataclasses import dataclass

from workshop.errors import UsageError

KINDS = {
    "busy": "a busy room: 5 senders, 4 texts on their way each",
    "quiet": "a quiet room: 1 sender, 1 text on its way",
    "rate": "fixed rates, in parts of what the busy room took",
    "burst": "many texts at once",
    "members": "the busy room with fewer and more members",
    "storm": "everybody enters at once",
    "idle": "sockets that say nothing: memory and processor",
    "join": "entering a room that is full already",
    "servers": "the finished app in 1, 2 and 4 processes",
    "redis": "the finished app on 1 and 2 Redis servers",
    "store": "messages stored a second, and the thread hop",
}
IN_ROOMS = ("busy", "quiet", "rate", "burst", "members")  # measured in every repetition


@dataclass(frozen=True)
class Options:
    """The figures of a run."""

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
    crowds: tuple[int, ...] = (10, 100, 250, 500)
    processes: tuple[int, ...] = (1, 2, 4)


def kinds(text: str) -> tuple[str, ...]:
    """Return the kinds that a list of names asks for. Raises UsageError for an unknown one."""
    names = tuple(filter(None, text.replace(" ", "").split(",")))
    for name in names:
        if name not in KINDS:
            raise UsageError(f"--only has no {name}. There are: {', '.join(KINDS)}.")
    return names or tuple(KINDS)

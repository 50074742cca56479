"""The list of faults: what each is called, what it does, how large it is by default."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`play` does it in a round. One process means SQLite and the in-memory layer by default,
    two mean PostgreSQL and `layer`. `patience` bounds the wait, in seconds, for all to be well."""

    name: str
    sentence: str
    play: Callable[..., Awaitable[None]]
    clients: int
    messages: int
    processes: int
    layer: str
    patience: float


FAULTS: dict[str, Fault] = {}


def fault(
    name: str,
    sentence: str,
    *,
    clients: int = 20,
    messages: int = 50,
    processes: int = 1,
    layer: str = "",
    patience: float = 40,
) -> Callable:
    """Enter the decorated coroutine function in the list; it gets the round."""

    def enter(play):
        wanted = layer or ("memory" if processes == 1 else "pubsub")
        FAULTS[name] = Fault(name, sentence, play, clients, messages, processes, wanted, patience)
        return play

    return enter

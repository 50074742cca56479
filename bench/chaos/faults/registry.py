"""The list of faults: the name of each, what it does, and its default size."""

import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

SENTENCES = tomllib.loads(Path(__file__).with_name("faults.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Fault:
    """`play` plays it in a round; `sentence` says what happens.

    One process means SQLite and the in-memory layer by default, two mean PostgreSQL, if it is
    installed, and `layer`. `needs_postgres` is for a fault that only PostgreSQL can have,
    `needs_hosts` for one that needs several hosts. `patience` bounds each wait for the app to
    recover, in seconds.
    """

    name: str
    sentence: str
    play: Callable[..., Awaitable[None]]
    clients: int
    messages: int
    processes: int
    layer: str
    needs_postgres: bool
    needs_hosts: bool
    patience: float

    @property
    def needs_redis(self) -> bool:
        return self.layer != "memory"


_registered: dict[str, Fault] = {}


def fault(
    name: str,
    *,
    clients: int = 20,
    messages: int = 50,
    processes: int = 1,
    layer: str = "",
    needs_postgres: bool = False,
    needs_hosts: bool = False,
    patience: float = 40,
) -> Callable:
    """Let the decorated coroutine function, which gets the round, play a fault of faults.toml."""

    def register(play):
        _registered[name] = Fault(
            name=name,
            sentence=SENTENCES[name],
            play=play,
            clients=clients,
            messages=messages,
            processes=processes,
            layer=layer or ("memory" if processes == 1 else "pubsub"),
            needs_postgres=needs_postgres,
            needs_hosts=needs_hosts,
            patience=patience,
        )
        return play

    return register


def all_faults() -> dict[str, Fault]:
    """Return every fault by its name, in the order of faults.toml."""
    return {name: _registered[name] for name in SENTENCES}

"""The list of faults: each has a name, a description and a default size."""

import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

SENTENCES = tomllib.loads(Path(__file__).with_name("faults.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Fault:
    """A fault: `play` causes it in a round, and `sentence` describes it.

    By default, one process uses SQLite and the in-memory layer, and two use `layer`, and PostgreSQL
    if it's installed. `needs_postgres` is for faults that only PostgreSQL can have, and
    `needs_hosts` for faults that take several hosts. `patience` is the longest time, in seconds,
    that we wait for the app to recover.
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
    """Register the decorated coroutine function as a fault of faults.toml. It gets the round."""

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
    """Return {name: fault}, in the order of faults.toml."""
    return {name: _registered[name] for name in SENTENCES}

"""A stand-in for Redis on machines without one: fakeredis in a separate process."""

import sys
from pathlib import Path

from workshop.services.private_server import PrivateServer
from workshop.services.redis_binary import STAND_IN

SCRIPT = Path(__file__).with_name("redis_stand_in_script.py")
READY = "Ready to accept connections"  # what the script prints
DIFFERENCES = (
    "It's slower, doesn't support CONFIG, INFO or persistence, and is meant for a few people on "
    "one machine; the lessons work the same."
)


class StandInRedis(PrivateServer):
    """fakeredis on a free port, for as long as a `with` block lasts."""

    patience = 60  # Python starts more slowly than Redis does
    advice = "set REDIS_URL to a Redis that runs"

    def __init__(self):
        super().__init__(STAND_IN)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def description(self) -> str:
        where = f"a stand-in (fakeredis) on port {self.port}, gone when you stop"
        return f"{where}, because no Redis was found. {DIFFERENCES}"

    def command(self) -> list[str]:
        return [sys.executable, "-P", str(SCRIPT), str(self.port)]

    def answers(self) -> bool:
        return READY in self.log.read_text(encoding="utf-8", errors="replace")

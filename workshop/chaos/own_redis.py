"""A Redis of chaos's own, on one port: it is emptied and restarted, so it is never REDIS_URL's."""

import subprocess
import tempfile
import time

import redis

from workshop import redis_server
from workshop.chaos.ports import lasting_port
from workshop.environment import child_environment
from workshop.errors import WorkshopError
from workshop.processes import stop
from workshop.redis_binary import find_server

PATIENCE = 10  # seconds until it must have answered


class OwnRedis:
    """A private server that keeps nothing. Use it in a `with` block: it starts and stops there."""

    def __enter__(self):
        self.program = find_server()
        if not self.program:
            raise WorkshopError(
                redis_server.NONE_FOUND.replace(", or set REDIS_URL to one that runs", "")
            )
        self.place = tempfile.TemporaryDirectory(prefix="workshop-chaos-redis-")
        self.port = lasting_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()
        return self

    def __exit__(self, *error):
        self.stop()
        self.place.cleanup()

    def start(self) -> None:
        """Start it on its port; return when it answers."""
        self.process = subprocess.Popen(
            [self.program, "--port", str(self.port), "--bind", "127.0.0.1"]
            + ["--dir", self.place.name, "--save", "", "--appendonly", "no"],
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise WorkshopError(f"{self.program} does not start on port {self.port}.")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stop it; all that it held is gone."""
        stop(self.process)

    def flush(self) -> None:
        """FLUSHALL: it forgets everything and keeps running."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return client.ping()
        except redis.RedisError:
            return False

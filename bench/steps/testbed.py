"""Runs an unmodified step and its settings with the bench's database and Redis."""

import json
from pathlib import Path

from bench.lab.app_server import AppServer
from bench.lab.testbed import NO_LIMITS, Testbed
from bench.steps.stages import Stage
from workshop.services.redis_server import PrivateRedis

SETTINGS = Path(__file__).with_name("settings")


class StepServer(AppServer):
    """A server process of a step."""

    python_path = (SETTINGS,)


class StepTestbed(Testbed):
    """A testbed for a step, on SQLite and the channel layer from the step's settings.

    It starts a Redis unless it's given one.
    """

    def __init__(self, stage: Stage, redis: PrivateRedis | None = None):
        super().__init__(stage.folder, "sqlite")
        self.stage = stage
        self._redis = redis

    def make_environment(self, url: str) -> dict[str, str]:
        return super().make_environment(url) | {
            "DJANGO_SETTINGS_MODULE": "settings_of_step",
            "PYTHONPATH": str(SETTINGS),
            "STEP_DATABASE": str(self.folder / "db.sqlite3"),
            "STEP_CHAT": json.dumps(NO_LIMITS),
        }

    def make_server(
        self, kind: str, environment: dict[str, str], log: Path, host: str = ""
    ) -> AppServer:
        return StepServer(kind, self.app, environment, log)

    def environment_for(
        self, layer: str, redis_port: int = 0, database_port: int = 0, **limits: object
    ) -> dict[str, str]:
        """Return a server's environment. `limits` are the step's CHAT settings."""
        given = {
            name: number for name, number in (NO_LIMITS | limits).items() if number is not None
        }
        return self.environment | {"STEP_CHAT": json.dumps(given), "REDIS_URL": self.redis.url}

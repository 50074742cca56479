"""The finished app on a layer: people chat through two server processes."""

import json
import random
from pathlib import Path

from bench.chaos.round import Round
from bench.lab.app_server import AppServer
from bench.lab.testbed import Testbed
from bench.layers.trial import TrialOnLayer
from workshop.base.paths import ROOT

APP = ROOT / "final"
HERE = Path(__file__).parent
PEOPLE = 4
MESSAGES = 5  # from each of them


class ServerOnLayer(AppServer):
    """A process of the finished app with the settings module in this folder."""

    python_path = (HERE,)


class AppOnLayer(Testbed):
    """A testbed whose servers use the layer of a trial.

    The app tracks who's in a room in Redis, so every layer for several processes needs a Redis as
    well as its own engine.
    """

    def __init__(self, app: Path, trial: TrialOnLayer):
        super().__init__(app, "sqlite")
        self.trial = trial

    def environment_for(self, layer: str, **options: object) -> dict[str, str]:
        environment = super().environment_for(layer, **options)
        settings = json.dumps(self.trial.settings)
        return environment | {
            "DJANGO_SETTINGS_MODULE": "settings_on_any_layer",
            "BENCH_LAYER": settings,
        }


async def chat(trial: TrialOnLayer, within: float) -> dict:
    """Let people chat. Returns the ledger's result. Raises WorkshopError if it doesn't start."""
    processes = 1 if trial.is_shared else 2
    options = {"client_count": PEOPLE, "message_count": MESSAGES, "patience": within}
    options["chance"] = random.Random("the same on every layer")
    async with AppOnLayer(APP, trial) as testbed, Round(testbed, **options) as round:
        for number in range(processes):
            await _start(round, testbed, "memory" if trial.is_shared else "pubsub", number)
        clients = await round.join(round.servers)
        await round.chat(clients)
        ledger = await round.settle()
        logs = "\n".join(server.log_text() for server in round.servers)
    return {
        "processes": processes,
        "sent": ledger.sent,
        "lost": ledger.lost,
        "doubled": ledger.doubled,
        "failures": round.failures + ledger.problems[:1],
        "error": _last_error(logs),
    }


async def _start(round: Round, testbed: AppOnLayer, layer: str, number: int) -> None:
    log = testbed.folder / f"server-{number}.log"
    environment = testbed.environment_for(layer)
    server = ServerOnLayer(round.server_kind, testbed.app, environment, log)
    round.servers.append(server)
    round._stack.push_async_callback(server.kill)
    await server.start()


def _last_error(log: str) -> str:
    """Return the last line of the last traceback in a log, or an empty string."""
    _, found, after = log.rpartition("Traceback (most recent call last)")
    lines = [line for line in after.splitlines()[1:] if line and not line.startswith(" ")]
    return lines[0] if found and lines else ""

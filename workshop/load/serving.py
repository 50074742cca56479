"""The processes of a target, running: its servers, and who may enter them."""

import sys
from pathlib import Path

from workshop.chaos.servers import Server
from workshop.load.targets import Target

HERE = Path(__file__).parent
RIVALS = HERE / "rivals"
AS_SHIPPED = HERE / "as_shipped"
LISTEN = ("--host", "127.0.0.1", "--log-level", "warning")


class Serving(Server):
    """One server process of a target."""

    def __init__(self, target: Target, folder: Path, environment: dict, log: Path):
        super().__init__(target.server, folder, environment, log)
        self.target = target
        self.also_on_path = (HERE, *([AS_SHIPPED] if target.server == "daphne" else []))

    def command(self, fault: str) -> list[str]:
        port = str(self.port)
        match self.target.app:
            case "starlette":
                words = ["-m", "uvicorn", *LISTEN, "--port", port, "starlette_chat:application"]
                return [sys.executable, "-P", *words]
            case "websockets":
                return [sys.executable, "-P", "websockets_chat.py", port]
            case "socketio" | "ws":
                return ["node", f"{self.target.app}_chat.cjs", port]
        return super().command(fault)

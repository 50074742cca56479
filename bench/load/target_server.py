"""One server process of a target."""

import sys
from pathlib import Path

from bench.lab.app_server import AppServer
from bench.load.targets import Target

HERE = Path(__file__).parent
RIVALS = HERE / "rivals"
WITHOUT_CLICK = HERE / "daphne_script.py"
LISTEN = ("--host", "127.0.0.1", "--log-level", "warning")


class TargetServer(AppServer):
    """A server process for the finished app, checkpoint 05 or a rival."""

    python_path = (HERE,)  # for settings_on_layer

    def __init__(self, target: Target, folder: Path, environment: dict, log: Path):
        super().__init__(target.server, folder, environment, log)
        self.target = target

    def command(self, fault: str) -> list[str]:
        port = str(self.port)
        match self.target.app:
            case "starlette":
                options = [*LISTEN, "--port", port, "starlette_chat:application"]
                return [sys.executable, "-P", "-m", "uvicorn", *options]
            case "websockets":
                return [sys.executable, "-P", "websockets_chat.py", port]
            case "socketio" | "ws":
                return ["node", f"{self.target.app}_chat.cjs", port]
        command = super().command(fault)
        if self.target.server == "daphne":
            module = command.index("-m")
            command[module : module + 2] = [str(WITHOUT_CLICK)]
        return command

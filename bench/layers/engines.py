"""The servers behind the layers. Each is private, starts empty and can be restarted.

`is_hurried` shortens an engine's heartbeat interval to a second, so a minute has as many heartbeats
as an hour normally does.
"""

import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from workshop.base.errors import WorkshopError
from workshop.services import network, postgres_server, redis_binary
from workshop.services.postgres_server import PrivatePostgres
from workshop.services.private_server import PrivateServer
from workshop.services.redis_server import PrivateRedis

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one on Debian's PATH switches users
PACKAGES = {
    "redis": "redis-server",
    "postgres": "postgresql",
    "nats": "nats-server",
    "rabbitmq": "rabbitmq-server",
}


class PrivateNats(PrivateServer):
    """A private NATS server, without storage."""

    def __init__(self, is_hurried: bool = False):
        super().__init__(_program("nats-server"))
        self.is_hurried = is_hurried

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        interval = 'ping_interval: "1s"\n' if self.is_hurried else ""
        (self.folder / "nats.conf").write_text(interval, encoding="utf-8")

    def command(self) -> list[str]:
        config = str(self.folder / "nats.conf")
        return [str(self.program), "-a", "127.0.0.1", "-p", str(self.port), "-c", config]

    def answers(self) -> bool:
        return network.answers("127.0.0.1", self.port) and self.process.poll() is None


class PrivateEpmd(PrivateServer):
    """Erlang's node directory, in the foreground. Otherwise, RabbitMQ leaves one running."""

    def __init__(self):
        super().__init__(_program("epmd"))

    def command(self) -> list[str]:
        return [str(self.program), "-port", str(self.port), "-address", "127.0.0.1"]

    def answers(self) -> bool:
        return network.answers("127.0.0.1", self.port) and self.process.poll() is None


class PrivateRabbitMQ(PrivateServer):
    """A private RabbitMQ. Its node, data and cookie are in a folder that's deleted at the end."""

    patience = 90
    settings = ("log.console = true", "log.file = false")

    def __init__(self, is_hurried: bool = False):
        super().__init__(RABBITMQ if RABBITMQ.is_file() else _program("rabbitmq-server"))
        self.is_hurried = is_hurried

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.epmd = stack.enter_context(PrivateEpmd())
            super().__enter__()
            self._nodes = stack.pop_all()
        return self

    def __exit__(self, *error):
        super().__exit__(*error)
        self._nodes.close()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def prepare(self) -> None:
        (self.folder / "plugins").write_text("[].\n", encoding="utf-8")
        self.node_port = network.free_port()

    def command(self) -> list[str]:
        lines = [*self.settings, f"listeners.tcp.default = 127.0.0.1:{self.port}"]
        lines += ["heartbeat = 1"] if self.is_hurried else []
        config = self.folder / "rabbitmq.conf"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        settings = {
            "HOME": self.folder,
            "ERL_EPMD_PORT": self.epmd.port,
            "RABBITMQ_ALLOW_INPUT": 1,  # the server replaces the shell that starts it …
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput",  # … and reads nothing
            "RABBITMQ_NODENAME": "workshop@localhost",
            "RABBITMQ_DIST_PORT": self.node_port,
            "RABBITMQ_CONFIG_FILE": config,
            "RABBITMQ_CONF_ENV_FILE": self.folder / "none",
            "RABBITMQ_ENABLED_PLUGINS_FILE": self.folder / "plugins",
            "RABBITMQ_MNESIA_BASE": self.folder / "data",
            "RABBITMQ_LOG_BASE": self.folder / "logs",
        }
        return ["env", *(f"{name}={value}" for name, value in settings.items()), str(self.program)]

    def answers(self) -> bool:
        return network.answers("127.0.0.1", self.port) and self.process.poll() is None


def why_missing(engine: str) -> str:
    """Return why `engine` can't run here, or an empty string."""
    found = {
        "": True,
        "redis": redis_binary.find_server(),
        "postgres": os.name != "nt" and postgres_server.find_programs(),
        "nats": _find("nats-server"),
        "rabbitmq": RABBITMQ.is_file() or _find("rabbitmq-server"),
    }
    if found[engine]:
        return ""
    return f"{PACKAGES[engine]} is not installed"


def private(engine: str, is_hurried: bool = False) -> contextlib.AbstractContextManager:
    """Return a private server for `engine`, or if there is none, a context that yields None."""
    match engine:
        case "redis":
            return PrivateRedis()
        case "postgres":
            return PrivatePostgres()
        case "nats":
            return PrivateNats(is_hurried)
        case "rabbitmq":
            return PrivateRabbitMQ(is_hurried)
    return contextlib.nullcontext()


def _find(name: str) -> str | None:
    """Return a program's path. Debian keeps servers in folders outside a user's PATH."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    return shutil.which(name, path=path)


def _program(name: str) -> str:
    found = _find(name)
    if not found:
        raise WorkshopError(f"{name} is not installed.")
    return found


def version(engine: str) -> str:
    """Return the version of an engine's program, or an empty string if that's unknown."""
    folders = {"redis": "", "postgres": postgres_server.find_programs() or "", "nats": ""}
    names = {"redis": redis_binary.find_server(), "postgres": "postgres", "nats": "nats-server"}
    if engine == "rabbitmq":
        found = sorted((RABBITMQ.parent.parent / "lib").glob("rabbitmq_server-*"))
        return found[-1].name.rpartition("-")[2] if found else ""
    if engine not in names:
        return ""
    program = str(Path(folders[engine], names[engine])) if folders[engine] else names[engine]
    done = subprocess.run(
        [_find(program) or program, "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    number = re.search(r"\d+(\.\d+)+", done.stdout)
    return number[0] if number else ""

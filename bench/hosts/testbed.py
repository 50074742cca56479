"""A testbed of five hosts: a proxy, two app hosts, a Redis and a PostgreSQL."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from bench.hosts import namespaces, servers
from bench.lab.app_server import AppServer
from bench.lab.testbed import Testbed
from workshop.services import postgres_server, redis_server
from workshop.services.redis_binary import find_server

PROXY, REDIS, DATABASE = "proxy-1", "redis-1", "db-1"
APPS = ("app-1", "app-2")
VARIABLES = Path(__file__).with_name("app.env")
SITE = "chat.example.org"
PLACEHOLDER = "change-me"


class HostsTestbed(Testbed):
    """A Testbed whose servers get the variables of app.env, with the hosts' addresses."""

    def __init__(self, app: Path):
        super().__init__(app, "postgres")
        self.secret = secrets.token_urlsafe(50)

    def start_database(self, stack: contextlib.ExitStack) -> str:
        self.network = stack.enter_context(namespaces.Network([PROXY, *APPS, REDIS, DATABASE]))
        host = self.network[DATABASE]
        self.postgres = stack.enter_context(servers.PostgresOnHost(host))
        return self.variables()["DATABASE_URL"]

    def make_environment(self, url: str) -> dict[str, str]:
        return super().make_environment(url) | self.variables()

    def make_redis(self) -> servers.RedisOnHost:
        return servers.RedisOnHost(self.network[REDIS])

    def make_server(
        self, kind: str, environment: dict[str, str], log: Path, host: str = ""
    ) -> AppServer:
        """Return the server of the app host called `host`."""
        return servers.AppOnHost(self.network[host], kind, self.app, environment, log)

    def host_at(self, tried: str) -> str:
        """Return the name of the app host that answered, according to the proxy."""
        address = tried.rpartition(", ")[2].partition(":")[0]
        return next((name for name in APPS if self.network[name].address == address), "")

    @contextlib.asynccontextmanager
    async def proxy(self) -> AsyncIterator[servers.NginxOnHost]:
        """Run a fresh proxy during a block. It doesn't know about any failed hosts."""
        addresses = {name: self.network[name].address for name in APPS}
        with servers.NginxOnHost(self.network[PROXY], addresses) as nginx:
            yield nginx

    def variables(self) -> dict[str, str]:
        """Return the variables of app.env, filled in as for a deployment."""
        text = VARIABLES.read_text(encoding="utf-8").replace(SITE, self.network[PROXY].address)
        for name in (REDIS, DATABASE):
            text = text.replace(name, self.network[name].address)
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        text = "\n".join(lines).replace(PLACEHOLDER, self.secret)
        return dict(line.split("=", 1) for line in text.splitlines())


def why_not() -> str:
    """Return why this machine can't have this testbed, and what to do; "" if it can."""
    if reason := namespaces.why_not():
        return f"it needs {namespaces.NEEDED}, and {reason}"
    if not servers.find_nginx():
        return servers.NO_NGINX.rstrip(".")
    if not postgres_server.find_programs():
        return postgres_server.NONE_FOUND.rstrip(".")
    return "" if find_server() else redis_server.NONE_FOUND.rstrip(".")

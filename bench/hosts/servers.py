"""Redis, PostgreSQL, nginx and the app, each on its own host."""

import os
import shutil
from pathlib import Path

from bench.hosts.namespaces import Host
from bench.lab.app_server import AppServer
from workshop.base.errors import WorkshopError
from workshop.services import network
from workshop.services.postgres_server import PrivatePostgres
from workshop.services.private_server import PrivateServer
from workshop.services.redis_server import PrivateRedis

CONFIG = Path(__file__).with_name("nginx.conf")
NO_NGINX = (
    "This needs nginx, which wasn't found: install it (Debian, Ubuntu: `sudo apt install nginx`), "
    "or set NGINX to the program."
)
MAIN = """
daemon off;
user root;
error_log stderr;
pid {folder}/nginx.pid;
events {{}}
http {{
access_log off;
add_header X-Served-By $upstream_addr always;
client_body_temp_path {folder}/client_body;
proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi;
scgi_temp_path {folder}/scgi;
{config}
}}
"""
APP_PORT = 8000


class OnHost:
    """Makes a PrivateServer run on a host and listen on its usual port there."""

    usual_port = 0

    def __init__(self, host: Host, *arguments):
        super().__init__(*arguments)
        self.host = host
        self.address = host.address

    def choose_port(self) -> int:
        return self.usual_port


class RedisOnHost(OnHost, PrivateRedis):
    """A Redis that other hosts can reach."""

    usual_port = 6379

    def command(self) -> list[str]:
        return [*self.host.enter, *super().command(), "--protected-mode", "no"]


class PostgresOnHost(OnHost, PrivatePostgres):
    """A PostgreSQL that other hosts can reach. The user `chat` owns the database `chat`."""

    usual_port = 5432
    user = "chat"

    def __enter__(self):
        super().__enter__()
        try:
            self._make_database()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def prepare(self) -> None:
        super().prepare()
        with (self.folder / "data" / "pg_hba.conf").open("a", encoding="utf-8") as rules:
            rules.write("host all all samenet trust\n")

    def command(self) -> list[str]:
        who = ["--reuid", self.owner, "--regid", str(self.as_owner()["group"]), "--clear-groups"]
        return [*self.host.enter, "setpriv", *who, *super().command()]

    def process_options(self) -> dict:
        return {}  # only root can enter the host; setpriv switches users there

    def _make_database(self) -> None:
        import psycopg  # only root gets here: others may have no PostgreSQL at all

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE chat")


class NginxOnHost(OnHost, PrivateServer):
    """nginx with nginx.conf. In its answers, X-Served-By names the app hosts it tried."""

    usual_port = 80

    def __init__(self, host: Host, addresses: dict[str, str]):
        program = find_nginx()
        if not program:
            raise WorkshopError(NO_NGINX)
        super().__init__(host, program)
        self.addresses = addresses

    def prepare(self) -> None:
        text = CONFIG.read_text(encoding="utf-8")
        for name, address in self.addresses.items():
            text = text.replace(f"server {name}:", f"server {address}:")
        text = MAIN.format(folder=self.folder, config=text)
        self.config.write_text(text, encoding="utf-8")

    def command(self) -> list[str]:
        options = ["-c", str(self.config), "-p", str(self.folder)]
        return [*self.host.enter, str(self.program), *options]

    def answers(self) -> bool:
        return network.answers(self.address, self.port)

    @property
    def config(self) -> Path:
        return self.folder / "nginx.conf"


class AppOnHost(AppServer):
    """The app on a host. Unlike `AppServer`, it answers other hosts."""

    def __init__(self, host: Host, *arguments):
        super().__init__(*arguments)
        self.host = host
        self.address = host.address
        self.port = APP_PORT

    def command(self, fault: str) -> list[str]:
        return [*self.host.enter, *super().command(fault)]


def find_nginx() -> str | None:
    """Return the path of nginx: NGINX, or the one on PATH or in /usr/sbin."""
    named = os.environ.get("NGINX")
    return named or shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

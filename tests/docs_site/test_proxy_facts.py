"""P50 describes correctly how nginx treats idle sockets."""
# ruff: noqa: ASYNC220

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys

import patience
import pytest
from websockets.client import ClientProtocol
from websockets.frames import Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri

from workshop.base.environment import child_environment
from workshop.base.processes import stop
from workshop.course import catalog
from workshop.services import network

pytestmark = pytest.mark.slow

READ_TIMEOUT = 10  # seconds: many pings, so that a late one on a busy machine isn't the end
CONFIG = """
daemon off; error_log stderr; pid {folder}/pid; events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{daphne};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_read_timeout {timeout}s;
    }}
  }}
}}
"""


@pytest.fixture
def nginx():
    found = os.environ.get("NGINX") or shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])
    if not found:
        why = "There is no nginx on this machine: install it, or set NGINX to the program."
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    return found


@contextlib.asynccontextmanager
async def idle_socket(nginx, folder, ping_interval):
    """Open a socket to checkpoint 03 through nginx. Yields an iterator of its frames."""
    ports = {"daphne": network.free_port("127.0.0.1", 0), "port": network.free_port("127.0.0.1", 0)}
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, timeout=READ_TIMEOUT, **ports))
    daphne = [sys.executable, "-m", "daphne", "-p", str(ports["daphne"])]
    daphne += ["--ping-interval", str(ping_interval), "chat_project.asgi:application"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    project = catalog.find("03").folder
    servers = [
        subprocess.Popen(daphne, cwd=project, env=child_environment(), **quiet),
        subprocess.Popen([nginx, "-c", str(config), "-p", str(folder)], **quiet),
    ]
    try:
        async with asyncio.timeout(patience.SECONDS):
            while not all(network.answers("127.0.0.1", port) for port in ports.values()):
                assert all(server.poll() is None for server in servers)
                await asyncio.sleep(0.05)
            yield frames(ports["port"])
    finally:
        for server in servers:
            stop(server)


async def frames(port):
    """Yield each frame that the socket gets, until the connection ends."""
    protocol = ClientProtocol(parse_uri(f"ws://127.0.0.1:{port}/ws/chat/lobby/"))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    protocol.send_request(protocol.connect())
    with contextlib.closing(writer):
        while not reader.at_eof():
            for data in protocol.data_to_send():
                writer.write(data)
            if data := await reader.read(4096):
                protocol.receive_data(data)
            for event in protocol.events_received():
                if isinstance(event, Response):
                    assert event.status_code == 101
                else:
                    yield event.opcode


async def test_pings_keep_an_idle_socket_open_longer_than_the_read_timeout(nginx, tmp_path):
    async with idle_socket(nginx, tmp_path, ping_interval=1) as received:
        for _ in range(2 * READ_TIMEOUT):
            assert await anext(received) is Opcode.PING


async def test_without_pings_nginx_closes_an_idle_socket_at_the_read_timeout(nginx, tmp_path):
    async with idle_socket(nginx, tmp_path, ping_interval=3600) as received:
        assert [opcode async for opcode in received] == []

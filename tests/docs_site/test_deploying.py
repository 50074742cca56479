"""The setups on the deployment pages work: layers on a real Redis, and nginx."""
# ruff: noqa: ASYNC210, ASYNC220

import asyncio
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import patience
import pytest
from asgiref.testing import ApplicationCommunicator
from doc_pages import DOCS
from redis import Redis
from websockets.asyncio.client import connect

from workshop.base.environment import child_environment
from workshop.base.processes import stop
from workshop.course import catalog
from workshop.services import network, redis_server
from workshop.services.redis_binary import find_server

pytestmark = pytest.mark.slow


def module(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


LAYERS = module(DOCS / "deploying" / "layers.py")
EXAMPLES = module(DOCS / "concepts" / "examples.py")


@pytest.fixture(scope="module")
def program():
    found = find_server()
    if not found:
        why = redis_server.NONE_FOUND
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    return found


def port_of(url):
    return int(url.rpartition(":")[2].partition("/")[0])


def delivers(layer):
    """Return whether each of 20 groups delivers an event to its member."""
    script = Path(__file__).with_name("layer_delivers.py")
    command = [sys.executable, str(script), json.dumps(layer)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience.SECONDS)
    assert done.returncode == 0, done.stderr
    return True


def test_the_layer_on_one_redis_delivers(program):
    with redis_server.PrivateRedis(program) as redis:
        LAYERS.ONE["CONFIG"]["hosts"][0]["address"] = redis.url
        assert delivers(LAYERS.ONE)


def test_the_layer_on_two_shards_uses_both(program):
    with redis_server.PrivateRedis(program) as first, redis_server.PrivateRedis(program) as second:
        for host, redis in zip(LAYERS.SHARDS["CONFIG"]["hosts"], (first, second), strict=True):
            host["address"] = redis.url
        assert delivers(LAYERS.SHARDS)
        for redis in (first, second):
            with Redis.from_url(redis.url) as client:
                assert client.info("commandstats")["cmdstat_publish"]["calls"] > 0


async def test_the_layer_behind_a_sentinel_delivers(program, tmp_path):
    with redis_server.PrivateRedis(program) as redis:
        port = network.free_port("127.0.0.1", 0)
        lines = [f"port {port}", "bind 127.0.0.1", f"dir {tmp_path}"]
        lines += [f"sentinel monitor chat 127.0.0.1 {port_of(redis.url)} 1"]
        (tmp_path / "sentinel.conf").write_text("\n".join(lines) + "\n")
        sentinel = subprocess.Popen(
            [program, str(tmp_path / "sentinel.conf"), "--sentinel"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(patience.SECONDS):
                while not network.answers("127.0.0.1", port):
                    assert sentinel.poll() is None, "the sentinel does not start"
                    await asyncio.sleep(0.05)
            host = LAYERS.SENTINEL["CONFIG"]["hosts"][0]
            host["sentinels"] = [("127.0.0.1", port)]
            assert delivers(LAYERS.SENTINEL)
        finally:
            stop(sentinel)


async def test_minimal_applications_behave_as_the_page_says():
    one = ApplicationCommunicator(EXAMPLES.hello, {"type": "websocket", "path": "/ws/"})
    await one.send_input({"type": "websocket.connect"})
    kinds = [await one.receive_output(timeout=patience.SECONDS) for _ in range(3)]
    assert [event["type"] for event in kinds] == [
        "websocket.accept",
        "websocket.send",
        "websocket.close",
    ]
    assert kinds[1]["text"] == "You asked for /ws/"
    other = ApplicationCommunicator(EXAMPLES.countdown, {"type": "http", "path": "/"})
    events = [await other.receive_output(timeout=patience.SECONDS) for _ in range(5)]
    assert b"".join(event.get("body", b"") for event in events) == b"3\n2\n1\ngo\n"


@pytest.fixture
def nginx():
    found = os.environ.get("NGINX") or shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])
    if not found:
        why = "There is no nginx on this machine: install it, or set NGINX to the program."
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    return found


async def test_websockets_work_through_the_nginx_configuration(nginx, tmp_path):
    """Serve checkpoint 03 with the page's exact configuration, and try a page and a socket."""
    project = tmp_path / "project"
    shutil.copytree(catalog.find("03").folder, project)
    ports = [network.free_port("127.0.0.1", 0) for _ in range(2)]
    text = (DOCS / "deploying" / "nginx.conf").read_text("utf-8")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{ports[1]};")
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{ports[0]}")
    text = text.replace("    server 127.0.0.1:8002;\n", "")
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{name}_temp_path {tmp_path}/{name};\n" for name in places)
    head = f"daemon off;\nerror_log stderr;\npid {tmp_path}/pid;\nevents {{}}\n"
    config = tmp_path / "nginx.conf"
    config.write_text(f"{head}http {{\naccess_log off;\n{temporary}{text}}}\n")
    daphne = [sys.executable, "-m", "daphne", "-p", str(ports[0]), "chat_project.asgi:application"]
    servers = [
        subprocess.Popen(daphne, cwd=project, env=child_environment(), stderr=subprocess.DEVNULL),
        subprocess.Popen([nginx, "-c", str(config), "-p", str(tmp_path)]),
    ]
    try:
        async with asyncio.timeout(patience.SECONDS):
            while not all(network.answers("127.0.0.1", port) for port in ports):
                assert all(server.poll() is None for server in servers)
                await asyncio.sleep(0.05)
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[1]}/admin/login/") as page:
            assert page.status == 200
        origin = f"http://127.0.0.1:{ports[1]}"
        address = f"ws://127.0.0.1:{ports[1]}/ws/chat/lobby/"
        async with connect(address, origin=origin, proxy=None) as client:
            await client.send('{"message": "through nginx"}')
            assert json.loads(await client.recv()) == {"message": "through nginx"}
    finally:
        for server in servers:
            stop(server)


def test_the_page_about_several_hosts_shows_what_was_counted(online):
    page = (online.folder / "deploying" / "several-hosts" / "index.html").read_text("utf-8")
    measured = json.loads((DOCS / "figures" / "hosts.json").read_text("utf-8"))
    found = measured["faults"]["host-cut-off"]
    assert (found["lost"], found["doubled"], found["bad"]) == (0, 0, 0)
    assert found["sent"] == found["acked"] == found["stored"]
    assert page.count(f"{found['sent']:,}</td>") == 3
    assert f"{found['cut_off_seconds']['most']:g} s" in page
    assert measured["machine"]["date"] in page
    assert "Calculated, not measured" in page


def test_the_page_about_capacity_shows_the_figures_that_were_measured(online):
    page = (online.folder / "deploying" / "capacity" / "index.html").read_text("utf-8")
    told = json.loads((DOCS / "figures" / "capacity.json").read_text("utf-8"))
    assert len(told["rows"]) >= 2
    for row in told["rows"]:
        assert f"{row['value']} {row['unit']}" in page
        assert row["how"] in page
    assert told["with"] in page
    assert "Calculated, not measured" in page

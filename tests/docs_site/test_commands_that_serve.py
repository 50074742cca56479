"""The commands in the docs that serve something print its URL, and answer there."""

import asyncio
import re
import socket
import subprocess
import sys
import urllib.request

import patience
import pytest
from click.testing import CliRunner
from copies import Serving, call
from websockets.asyncio.client import connect

from workshop import cli
from workshop.base.environment import child_environment
from workshop.base.paths import ROOT
from workshop.base.processes import stop
from workshop.docs_site import serve
from workshop.services import network

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3 * patience.SECONDS),  # a server that never starts prints nothing more
]


@pytest.mark.parametrize(
    ("words", "until"),
    [
        (["run", "my-chat", "--host", "0.0.0.0"], r"runs at (http://\S+)"),
        (["docs", "--host", "0.0.0.0"], r"docs are at (http://\S+)"),
    ],
    ids=["run", "docs"],
)
def test_commands_that_serve_print_their_url_and_answer(learner, redis, words, until):
    with Serving(learner, *words, REDIS_URL=redis.url) as server:
        path = "admin/login/" if words[0] == "run" else ""
        with urllib.request.urlopen(server.says(until) + path, timeout=patience.SECONDS) as page:
            assert page.status == 200
        if network.lan_addresses():
            with urllib.request.urlopen(
                server.says(r"In your network: (\S+)"), timeout=patience.SECONDS
            ) as page:
                assert page.status == 200


async def test_two_servers_on_the_same_redis_share_a_room(learner):
    """As in chapter 04: the second server uses the first one's Redis, given its port."""
    with Serving(learner, "run", "my-chat") as first:
        port = first.says(r"^Redis: a private .* on port (\d+)")
        one = first.says(r"runs at http://(\S+)/")
        with Serving(learner, "run", "my-chat", REDIS_URL=f"redis://127.0.0.1:{port}/0") as second:
            two = second.says(r"runs at http://(\S+)/")
            addresses = [f"ws://{place}/ws/chat/lobby/" for place in (one, two)]
            async with connect(addresses[0]) as ann, connect(addresses[1]) as bob:
                await ann.send('{"message": "hello"}')
                async with asyncio.timeout(patience.SECONDS):
                    assert await bob.recv() == await ann.recv() == '{"message": "hello"}'


async def test_two_servers_without_redis_share_no_room(learner):
    """As chapter 04 shows first: each client receives only its own message."""
    with Serving(learner, "run", "03") as first:
        one = first.says(r"runs at http://(\S+)/")
        with Serving(learner, "run", "03") as second:
            two = second.says(r"runs at http://(\S+)/")
            addresses = [f"ws://{place}/ws/chat/lobby/" for place in (one, two)]
            async with connect(addresses[0]) as ann, connect(addresses[1]) as bob:
                await ann.send('{"message": "from Ann"}')
                async with asyncio.timeout(patience.SECONDS):
                    assert await ann.recv() == '{"message": "from Ann"}'
                    await bob.send('{"message": "from Bob"}')
                    assert await bob.recv() == '{"message": "from Bob"}'


def test_the_offline_build_prints_its_first_page(monkeypatch):
    """Building it is tested in test_build.py."""
    asked = []
    place = ROOT / "site" / "offline"
    monkeypatch.setattr(serve, "build", lambda offline=False: asked.append(offline) or place)
    done = CliRunner().invoke(cli.cli, ["docs", "--offline"], standalone_mode=False)
    assert asked == [True], done.exception
    assert "Done. Open site" in done.output and "index.html" in done.output


def test_the_notebooks_for_the_browser_are_served(tmp_path):
    """Building them is tested in tests/notebooks/test_lite.py."""
    (tmp_path / "index.html").write_text("a page")
    script = (
        "import sys, types\nfrom pathlib import Path\nfrom workshop import cli\n"
        f"built = types.SimpleNamespace(build=lambda fresh: Path({str(tmp_path)!r}))\n"
        "sys.modules['workshop.notebooks.lite'] = built  # what builds is not installed here\n"
        "cli.cli(['lite', '--serve', '--port', '0'])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env=child_environment(PYTHONPATH=str(ROOT), PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        found = (re.search(r"served at (http://[^/]+/)", line) for line in server.stdout)
        with urllib.request.urlopen(next(filter(None, found))[1], timeout=patience.SECONDS) as page:
            assert page.read() == b"a page"
        stop(server)


def test_docs_explains_an_unknown_page_and_a_taken_port(own_copy):
    wrong = call(own_copy, "docs", "glosary", code=2)
    assert "Did you mean glossary?" in wrong.stderr
    call(own_copy, "docs", "03", "--build", code=2)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = call(own_copy, "docs", "--port", str(port), code=1)
    assert f"Port {port} is taken" in busy.stderr
    assert "Traceback" not in wrong.stderr + busy.stderr

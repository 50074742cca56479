"""What the environment decides, in a process of its own; and the budget of the whole app."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
CORE = "channels_redis.core.RedisChannelLayer"
BUDGET = {"*.py": 900, "*.js": 400, "*.html": 200, "*.css": 250}


def manage(*arguments, **environment):
    """Run manage.py with this environment and no other settings."""
    known = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env={**known, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def example_env():
    lines = (PROJECT / "example.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_without_a_secret_key_one_line_says_so():
    result = manage("check")
    assert result.returncode != 0
    [line] = result.stderr.splitlines()
    assert "SECRET_KEY" in line


def test_debug_is_off_unless_it_is_asked_for():
    script = "from django.conf import settings as s; print(s.DEBUG, s.SESSION_COOKIE_SECURE)"
    assert manage("shell", "-v0", "-c", script, SECRET_KEY="x").stdout.split() == ["False", "True"]
    assert manage("shell", "-v0", "-c", script, DEBUG="1").stdout.split() == ["True", "False"]


def test_the_example_environment_passes_the_check_for_deployment():
    result = manage("check", "--deploy", "--fail-level", "WARNING", **example_env())
    assert result.returncode == 0, result.stderr


def test_the_admin_can_be_enabled():
    script = "from django.urls import reverse; print(reverse('admin:chat_app_room_changelist'))"
    result = manage("shell", "-v0", "-c", script, DEBUG="1", ENABLE_ADMIN="1")
    assert result.stdout.strip() == "/admin/chat_app/room/"


def test_the_migrations_fit_the_models():
    result = manage("makemigrations", "--check", "--dry-run", DEBUG="1")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "InMemoryChannelLayer"),
        ({"REDIS_URL": "redis://127.0.0.1:1"}, "RedisPubSubChannelLayer"),
        ({"REDIS_URL": "redis://127.0.0.1:1", "CHANNEL_LAYER": CORE}, "RedisChannelLayer"),
    ],
)
def test_redis_brings_the_pubsub_layer(environment, name):
    script = "from channels.layers import get_channel_layer as g; print(type(g()).__name__)"
    result = manage("shell", "-v0", "-c", script, DEBUG="1", **environment)
    assert result.stdout.strip() == name, result.stderr


def test_cookies_over_tls_are_secure(client, settings, ann):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"username": "ann", "password": "a fine password"})
    session, csrf = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert session["secure"] and session["httponly"] and session["samesite"] == "Lax"
    assert csrf["secure"] and csrf["samesite"] == "Lax"


def test_a_plain_request_is_sent_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/").url == "https://testserver/"


@pytest.mark.parametrize("pattern", BUDGET)
def test_the_app_stays_small_enough_to_read_in_an_afternoon(pattern):
    counts = {}
    for path in PROJECT.rglob(pattern):
        folders = set(path.relative_to(PROJECT).parts)
        if not folders & {"tests", "migrations", "node_modules", ".venv", "staticfiles"}:
            count = lines_of_code if pattern == "*.py" else all_lines
            counts[str(path.relative_to(PROJECT))] = count(path.read_text("utf-8"))
    assert 0 < sum(counts.values()) <= BUDGET[pattern], counts


def all_lines(text):
    return len(text.splitlines())


def lines_of_code(text):
    """How many lines hold Python: blank lines, comments and docstrings are not counted."""
    docstrings = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docstrings |= set(range(node.lineno, node.end_lineno + 1))
    lines = enumerate(map(str.strip, text.splitlines()), start=1)
    return sum(
        bool(line) and not line.startswith("#") and number not in docstrings
        for number, line in lines
    )


def test_a_line_of_the_log_is_printed_once():
    script = "import logging; logging.getLogger('django.channels.server').warning('a line')"
    done = manage("shell", "-c", script, DEBUG="1")
    assert (done.stdout + done.stderr).count("a line") == 1

"""The environment variables: the resulting settings, and invalid values."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parent.parent
CORE = "channels_redis.core.RedisChannelLayer"
KEY = "a key for the tests, as long as a real one has to be: 0123456789"


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


def test_a_missing_secret_key_is_reported_in_one_line():
    result = manage("check")
    assert result.returncode != 0
    [line] = result.stderr.splitlines()
    assert "SECRET_KEY" in line


def test_debug_is_off_by_default():
    script = "from django.conf import settings as s; print(s.DEBUG, s.SESSION_COOKIE_SECURE)"
    assert manage("shell", "-v0", "-c", script, SECRET_KEY=KEY).stdout.split() == ["False", "True"]
    assert manage("shell", "-v0", "-c", script, DEBUG="1").stdout.split() == ["True", "False"]


def test_the_example_environment_passes_the_check_for_deployment():
    environment = {name: text.replace("change-me", KEY) for name, text in example_env().items()}
    result = manage("check", "--deploy", "--fail-level", "WARNING", **environment)
    assert result.returncode == 0, result.stderr


def test_the_example_environment_is_refused_until_its_placeholders_are_replaced():
    [line] = manage("check", **example_env()).stderr.splitlines()
    assert line.startswith("SECRET_KEY") and "placeholder" in line
    url = f"postgres://chat:{example_env()['POSTGRES_PASSWORD']}@postgres:5432/chat"
    [line] = manage("check", SECRET_KEY=KEY, DATABASE_URL=url).stderr.splitlines()
    assert line.startswith("DATABASE_URL") and "placeholder" in line


def test_hsts_preloading_is_off_by_default():
    script = "from django.conf import settings as s; print(s.SECURE_HSTS_PRELOAD)"
    for environment, preload in (({}, "False"), ({"HSTS_PRELOAD": "1"}, "True")):
        result = manage("shell", "-v0", "-c", script, SECRET_KEY=KEY, **environment)
        assert result.stdout.split() == [preload]


def test_the_admin_can_be_enabled():
    script = "from django.urls import reverse; print(reverse('admin:chat_app_room_changelist'))"
    result = manage("shell", "-v0", "-c", script, DEBUG="1", ENABLE_ADMIN="1")
    assert result.stdout.strip() == "/admin/chat_app/room/"


def test_the_admin_cannot_change_messages():
    """Only messages.py may number messages and notify the room."""
    script = "from django.contrib.admin import site; print(*(m.__name__ for m in site._registry))"
    result = manage("shell", "-v0", "-c", script, DEBUG="1", ENABLE_ADMIN="1")
    assert {"User", "Room", "Membership"} <= set(result.stdout.split()), result.stderr
    assert "Message" not in result.stdout.split()


REFUSED = [
    (
        "CHAT_MESSAGE_BURST",
        ["", "ten", "-3", "0", "1e6", "1_000", "1,000", "nan", " 5", "5\n", "'5'"],
    ),
    ("CHAT_MESSAGES_PER_SECOND", ["0", "-1", "1e3", "inf", "2/s", "½", "1_0", "٣"]),
    ("CHAT_BEAT_SECONDS", ["0", "20s", "90"]),
    ("CHAT_LEASE_SECONDS", ["5"]),
    ("CHAT_GRACE_SECONDS", ["61"]),
    ("CHAT_USER_SOCKET", ["9"]),
    ("chat_user_sockets", ["9"]),
    ("HTTPS", ["enabled", "2", "", "1 ", '"1"', "y"]),
    ("DEBUG", ["enabled", "2", "", "True!"]),
    ("ENABLE_ADMIN", ["enabled", ""]),
    ("PROXY_COUNT", ["one", "-1", "127.0.0.1"]),
    (
        "ALLOWED_HOSTS",
        ["", "a.org,b.org", "https://a.org", "a.org:80", "['a.org']", "a_b.org", "ü.de"],
    ),
    ("ALLOWED_HOST", ["a.org"]),
    ("CSRF_TRUSTED_ORIGINS", ["a.org", "https://a.org/", "https://a.org:443", "https://*.a.org"]),
    ("DATABASE_URL", ["", "chat", "mysql://a@b/c", "postgres://", "postgres://u@h", "sqlite://"]),
    (
        "DATABASE_URL",
        ["postgres://u:p@ss/w@h/db", "postgres://u:p#w@h/db", "postgres://u:p@h:x/db"],
    ),
    ("DATABASE_URL", ["postgres://u@h/d?sslmode=on", "postgres://u@h/d?sslmod=require"]),
    ("DATABASE_URL", ["postgres://u@h/d?connect_timeout=soon", "postgres://u@h/d?sslmode="]),
    ("DATABASE_URL", ["sqlite:///:memory:", "sqlite:////db.sqlite3?speed=5"]),
    ("DATABASE_URI", ["postgres://u@h/d"]),
    ("REDIS_URL", ["", "redis", "localhost:6379", "http://h", "redis://h/zero", "redis://h:x/0"]),
    ("REDIS_URL", ["redis://h/0?speed=5", "unix://", "redis:///0"]),
    ("REDIS_URI", ["redis://h"]),
    ("CHANNEL_LAYER", ["pubsub", "", CORE, CORE[:-2]]),
    ("SECRET_KEY", ["x", " ", "aaaaaaaaaa" * 6, f'"{KEY}"']),
    ("HSTS_PRELOAD", ["maybe"]),
    ("EMAIL_URL", ["", "mail.example.org", "http://h", "smtp://", "smtp://u@h", "smtp://u:p@h:x"]),
    ("EMAIL_URL", ["smtp://u:p/w@h", "smtp://u:p#w@h", "smtp://h/in", "smtp://h?tls=1"]),
    ("EMAIL_FROM", ["", "chat", "Chat <chat@example.org>", "a@example.org,b@example.org"]),
    ("CHAT_UNSEEN_MESSAGES", ["200"]),  # its name in earlier versions
]


SETTINGS = str(PROJECT / "chat_project" / "settings.py")


def load_settings(environment):
    """Return the settings that result from this environment."""
    with mock.patch.dict(os.environ, {"SECRET_KEY": KEY, **environment}, clear=True):
        return runpy.run_path(SETTINGS)


def refusal(environment):
    """Return the error that the app prints in this environment instead of starting."""
    with pytest.raises(SystemExit) as end:
        load_settings(environment)
    return end.value.code


@pytest.mark.parametrize(("name", "values"), REFUSED, ids=str)
def test_an_invalid_value_is_refused_by_name(name, values):
    for value in values:
        [sentence] = refusal({name: value}).splitlines()
        assert name in sentence and sentence.endswith("."), (value, sentence)


def test_the_error_has_the_value_and_what_is_allowed():
    sentence = "CHAT_USER_SOCKETS='five' is not allowed: write a whole number from 1 to 1000000000."
    assert refusal({"CHAT_USER_SOCKETS": "five"}) == sentence


def test_every_mistake_has_a_line():
    text = refusal({"HTTPS": "on!", "CHAT_USER_SOCKETS": "0", "CHAT_WHAT": "1"})
    names = sorted(line.partition("=")[0] for line in text.splitlines())
    assert names == ["CHAT_USER_SOCKETS", "CHAT_WHAT", "HTTPS"]


def test_variables_that_contradict_each_other_are_refused():
    for environment in (
        {"HSTS_PRELOAD": "1", "HTTPS": "0"},
        {"CHAT_BEAT_SECONDS": "40", "CHAT_LEASE_SECONDS": "60"},
        {"CHANNEL_LAYER": CORE},
        {"EMAIL_URL": "smtp://h"},
    ):
        assert all(name in refusal(environment) for name in environment)


@pytest.mark.parametrize(
    "environment",
    [
        {"SECRET_KEY": "top-secret"},
        {"DATABASE_URL": "postgres://ann:top-secret@h:x/db"},
        {"DATABASE_URL": "postgres://ann:top@secret/top-secret@h/db"},
        {"REDIS_URL": "redis://:top-secret@h/zero"},
        {"REDIS_URL": "redis://h/zero?password=top-secret"},
        {"DATABASE_URI": "postgres://ann:top-secret@h/db"},
        {"EMAIL_URL": "smtp://ann:top-secret@h/in"},
        {"EMAIL_URL": "smtp://ann:top@secret/top-secret@h"},
    ],
)
def test_no_error_shows_a_password(environment):
    assert "secret" not in refusal(environment).replace("SECRET_KEY", "")


RIGHT = [
    ({"CHAT_MESSAGE_BURST": "20"}, "CHAT", {"MESSAGE_BURST": 20}),
    ({"CHAT_MESSAGES_PER_SECOND": "0.5"}, "CHAT", {"MESSAGES_PER_SECOND": 0.5}),
    ({"HTTPS": "off"}, "SESSION_COOKIE_SECURE", False),
    ({"HTTPS": "1"}, "SESSION_COOKIE_SECURE", True),
    ({"DEBUG": "TRUE"}, "DEBUG", True),
    (
        {"ALLOWED_HOSTS": "a.org  .b.org [::1]"},
        "ALLOWED_HOSTS",
        ["a.org", ".b.org", "[::1]", "localhost"],
    ),
    (
        {"CSRF_TRUSTED_ORIGINS": "https://a.org:8443 http://[::1]"},
        "CSRF_TRUSTED_ORIGINS",
        ["https://a.org:8443", "http://[::1]"],
    ),
    ({"REDIS_URL": "rediss://:p%23w@h:6380/1"}, "REDIS_URL", "rediss://:p%23w@h:6380/1"),
    ({"PROXY_COUNT": "0"}, "PROXY_COUNT", 0),
    ({"EMAIL_FROM": "a@b.org"}, "MAIL_BACKEND", "django.core.mail.backends.console.EmailBackend"),
]

SERVERS = [
    ("smtp://u:p%40w@h", ("h", 587, "u", "p@w", True, False)),
    ("smtp://h:2525", ("h", 2525, "", "", True, False)),
    ("smtps://u:p@h", ("h", 465, "u", "p", False, True)),
    ("smtp+plain://h/", ("h", 25, "", "", False, False)),
]


@pytest.mark.parametrize(("url", "expected"), SERVERS, ids=str)
def test_the_email_url_sets_the_mail_server_and_its_encryption(url, expected):
    found = load_settings({"EMAIL_URL": url, "EMAIL_FROM": "chat@example.org"})
    names = ["host", "port", "username", "password", "use_tls", "use_ssl"]
    assert tuple(found["MAIL_OPTIONS"][name] for name in names) == expected
    assert found["MAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert found["DEFAULT_FROM_EMAIL"] == "chat@example.org"


@pytest.mark.parametrize(("environment", "name", "expected"), RIGHT, ids=str)
def test_valid_values_are_parsed_correctly(environment, name, expected):
    found = load_settings(environment)[name]
    if isinstance(expected, dict):
        assert expected.items() <= found.items()
    else:
        assert found == expected


def database(url):
    return load_settings({"DATABASE_URL": url})["DATABASES"]["default"]


def test_a_postgresql_urls_options_reach_the_driver():
    url = "postgres://u:p%40w@h:5433/db?sslmode=verify-full&sslrootcert=/ca.pem&connect_timeout=5"
    found = database(url)
    expected = {"sslmode": "verify-full", "sslrootcert": "/ca.pem", "connect_timeout": 5}
    assert expected.items() <= found["OPTIONS"].items() and "pool" in found["OPTIONS"]
    assert (found["PASSWORD"], found["PORT"], found["NAME"]) == ("p@w", 5433, "db")


def test_an_sqlite_urls_options_are_added_to_the_apps():
    found = database("sqlite:////srv/chat.sqlite3?timeout=20")
    assert found["OPTIONS"]["timeout"] == 20
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert found["NAME"] == "/srv/chat.sqlite3"


def test_a_relative_sqlite_url_is_relative_to_the_project():
    assert database("sqlite:///my.sqlite3")["NAME"] == str(PROJECT / "my.sqlite3")


def test_the_migrations_match_the_models():
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
def test_a_redis_url_selects_the_pubsub_layer(environment, name):
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


def test_a_plain_request_is_redirected_to_https(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/").url == "https://testserver/"


def test_a_log_line_is_printed_once():
    script = "import logging; logging.getLogger('django.channels.server').warning('a line')"
    done = manage("shell", "-c", script, DEBUG="1")
    assert (done.stdout + done.stderr).count("a line") == 1


def test_the_database_urls_options_override_ours():
    url = "postgres://chat@127.0.0.1:1/chat?sslmode=verify-full&connect_timeout=9"
    script = (
        "from django.conf import settings as s; o = s.DATABASES['default']['OPTIONS'];"
        "print(o['sslmode'], o['connect_timeout'], 'lock_timeout' in o['options'])"
    )
    result = manage("shell", "-v0", "-c", script, DEBUG="1", DATABASE_URL=url)
    assert result.stdout.split() == ["verify-full", "9", "True"], result.stderr

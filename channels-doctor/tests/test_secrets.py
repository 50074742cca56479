"""The doctor prints no secret, whether it is in settings, in the environment or in an error."""

import json
import subprocess
import sys

import pytest
from base_project import FILES, SOURCE, edited
from cases import ASGI, CONSUMERS, CORE, HOSTS, ROUTING, SETTINGS, settings
from live_servers import server
from rich.console import Console

from channels_doctor import probing, project
from channels_doctor.checks import _message, _said
from channels_doctor.errors import DoctorError
from channels_doctor.examination import examine
from channels_doctor.live import private_redis
from channels_doctor.live.command import examine_live
from channels_doctor.output import as_json
from channels_doctor.output.report import Report
from channels_doctor.redaction.secrets import masked

pytestmark = pytest.mark.slow

CANARY = "zebra-quagga"
SHAPES = {
    "third item of a pair": f'"hosts": [("127.0.0.1", 6379, "{CANARY}")]',
    "third item of a list": f'"hosts": [["127.0.0.1", 6379, "{CANARY}"]]',
    "pair among others": f'"hosts": [("127.0.0.1", 6379), ("127.0.0.1", 6379, "{CANARY}")]',
    "pair of names": f'"hosts": [(HOST, PORT, "{CANARY}")]',
    "second key": f'{HOSTS[:-6]}}}], "symmetric_encryption_keys": ["other-key-1", "{CANARY}"]',
    "keys beside a short timeout": '"hosts": [("127.0.0.1", 6379)], '
    f'"symmetric_encryption_keys": ["other-key-1", "{CANARY}"]',
    "keys in a tuple": f'{HOSTS}, "symmetric_encryption_keys": ("{CANARY}",)',
    "one key in brackets": f'{HOSTS}, "symmetric_encryption_keys": ("{CANARY}")',
    "one key of bytes": f'{HOSTS}, "symmetric_encryption_keys": b"{CANARY}"',
    "one key of two texts": f'{HOSTS}, "symmetric_encryption_keys": "other" "{CANARY}"',
    "one key by default": f'{HOSTS}, "symmetric_encryption_keys": getenv("CHAT_KEY", "{CANARY}")',
    "password of a dict": f'"hosts": [{{"host": "127.0.0.1", "password": "{CANARY}"}}]',
    "password by default": '"hosts": [{"host": "127.0.0.1", '
    f'"password": getenv("REDIS_PASSWORD", "{CANARY}")}}]',
    "hosts is a dict": f'"hosts": {{"host": "127.0.0.1", "password": "{CANARY}"}}',
    "credentials of a dict": '"hosts": [{"host": "127.0.0.1", '
    f'"credential_provider": "{CANARY}"}}]',
    "a key that nobody knows": f'"hosts": [{{"address": "redis://h", "access": "{CANARY}"}}]',
    "URL": f'"hosts": ["redis://:{CANARY}@127.0.0.1:6379/0"]',
    "URL without a colon": f'"hosts": ["redis://{CANARY}@127.0.0.1:6379/0"]',
    "URL with a blank": f'"hosts": ["redis://:a {CANARY}@127.0.0.1:6379/0"]',
    "URL by default": f'"hosts": [getenv("REDIS_URL", "redis://:{CANARY}@127.0.0.1:6379/0")]',
    "URL of parts": f'"hosts": [f"redis://:{CANARY}@{{HOST}}:6379/0"]',
    "URL of a sum": f'"hosts": ["redis://:" + "{CANARY}" + "@127.0.0.1:6379/0"]',
    "query": f'"hosts": ["redis://127.0.0.1:6379/0?password={CANARY}"]',
    "query of a token": f'"hosts": ["redis://127.0.0.1:6379/0?token={CANARY}&db=1"]',
    "no list": f'"hosts": "redis://:{CANARY}@127.0.0.1:6379/0"',
    "no scheme": f'"hosts": ["user:{CANARY}@127.0.0.1:6379"]',
    "flat": f'"hosts": ("user:{CANARY}@127.0.0.1", 6379)',
    "not known to the layer": f'"hosts": [("127.0.0.1", 6379)], "access": "{CANARY}"',
    "comment": f'"hosts": [("127.0.0.1", 6379)],  # was {CANARY}\n            "prefix": "chat"',
}
BEGINNING = 'from os import getenv\n\nHOST, PORT = "127.0.0.1", 6379\n'


def printed(found):
    """Return all that the doctor prints of an examination, in each of its ways."""
    console = Console(record=True, width=80, file=open("/dev/null", "w"))
    with console.file:
        Report(console).examination(found)
    messages = [str(_message(**_said(one))) for one in found.findings]
    return "\n".join([console.export_text(), as_json.dump(found), *messages])


def assert_hidden(found):
    said = " ".join(printed(found).split())
    assert "zebra" not in said and "quagga" not in said, said


@pytest.mark.parametrize("hosts", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("layer", [CORE, CORE.replace("core.Redis", "pubsub.RedisPubSub")])
def test_secrets_of_a_layer_are_not_printed(hosts, layer, examined):
    files = edited(FILES, [settings(HOSTS, hosts), settings(CORE, layer)])
    files[SETTINGS] = BEGINNING + files[SETTINGS]
    assert_hidden(examined(files))


@pytest.mark.parametrize(
    "shape", ["third item of a pair", "keys beside a short timeout", "password of a dict"]
)
def test_a_secret_that_no_name_tells_of_is_left_out_of_the_diff(shape, examined):
    files = edited(FILES, [settings(HOSTS, SHAPES[shape])])
    old, new = examined(files).findings[0].change.lines()
    assert old.startswith('-             "hosts": [')
    assert '"socket_timeout": None' in new
    assert CANARY not in old + new


CHANGED_LINES = {
    "P20": (CONSUMERS, "await self.accept()", f'self.send("{CANARY}"); await self.accept()'),
    "P16": (ROUTING, "ChatConsumer.as_asgi()", f'ChatConsumer, {{"access": "{CANARY}"}}'),
    "P21": (
        CONSUMERS,
        "await self.channel_layer.group_send(self.group_name, event)",
        'async_to_sync(self.channel_layer.group_send)("lobby", '
        f'{{"type": "chat.message", "message": "{CANARY}"}})',
    ),
    "P23": (CONSUMERS, "        await self.accept()\n", f'        self.log_in("{CANARY}")\n'),
    "P02": (SETTINGS, 'INSTALLED_APPS = [\n    "daphne",', f'INSTALLED_APPS = [  # {CANARY}'),
    "P18": (SETTINGS, '"chat_project.asgi.application"', f'"asgi"; ACCESS = "{CANARY}"'),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGED_LINES)
def test_a_text_beside_the_change_is_left_out_of_the_diff(name, examined):
    found = examined(edited(FILES, [CHANGED_LINES[name]]))
    (one,) = [one for one in found.findings if one.id == name]
    assert one.change.lines()
    assert_hidden(found)


def test_the_text_that_a_change_is_about_is_shown(examined):
    found = examined(edited(FILES, [(CONSUMERS, '"chat.message"', '"chat.mesage"')]))
    assert found.findings[0].change.lines() == [
        '-         event = {"type": "chat.mesage", "message": message}',
        '+         event = {"type": "chat.message", "message": message}',
    ]


ERRORS = {
    "token": f'raise ValueError("token={CANARY}")',
    "token with a blank": f'raise ValueError("token=a {CANARY}")',
    "token in words": f"raise ValueError(\"the token '{CANARY}' is wrong\")",
    "pair": f'raise ValueError({{"api_key": "{CANARY}"}})',
    "keys": f'raise ValueError({{"encryption_keys": ["other", "{CANARY}"]}})',
    "header": f'raise ValueError("Authorization: Bearer {CANARY}")',
    "headers": f'raise ValueError([(b"x-api-key", b"{CANARY}")])',
    "cookie": f'raise ValueError("Cookie: a=1; sessionid={CANARY}")',
    "query": f'raise ValueError("https://example.org/?a=1&signature={CANARY}")',
    "URL": f'raise ValueError("postgres://user:{CANARY}@db/chat")',
    "connection string": f'raise ValueError("host=db password={CANARY} dbname=chat")',
    "quote in it": f'raise ValueError({{"password": "a\'{CANARY}"}})',
    "note": f'error = ValueError("no")\nerror.add_note("password: {CANARY}")\nraise error',
    "chain": f'try:\n    int("password={CANARY}")\nexcept ValueError as error:\n'
    "    raise RuntimeError(str(error)) from error",
    "no name": f'PASSWORD = "{CANARY}"\nint(PASSWORD)',
    "exit": f'import sys\nsys.exit("API_KEY={CANARY}")',
    "port": f'from urllib.parse import urlsplit\nurlsplit("redis://:a:{CANARY}/0").port',
    "syntax": f'PASSWORD = "{CANARY}',
    "indentation": f' PASSWORD = "{CANARY}"',
    "end of the process": f'import os\nprint("password: {CANARY}", flush=True)\nos._exit(3)',
    "end without a name": f'import os\nPASSWORD = "{CANARY}"\n'
    "print(PASSWORD, flush=True)\nos._exit(3)",
}  # fmt: skip


@pytest.mark.parametrize("file", [SETTINGS, ASGI])
@pytest.mark.parametrize("lines", ERRORS.values(), ids=ERRORS)
def test_secrets_in_an_error_are_not_printed(file, lines, projects, warm):
    files = {**FILES, file: FILES[file] + lines + "\n"}
    try:
        found = examine(project.find(str(projects(files))), ask=warm.ask)
    except DoctorError as error:
        assert CANARY not in str(error)
    else:
        assert found.troubles
        assert_hidden(found)


@pytest.mark.parametrize("name", ["REDIS_PASSWORD", "CHAT_API_TOKEN", "CHAT_ACCESS_KEY"])
@pytest.mark.parametrize("where", ["environment", ".env"])
def test_secrets_of_the_environment_are_not_printed(name, where, projects, warm, monkeypatch):
    lines = f'import os\n\nint(os.environ.get("{name}") or open(".env").read().split("=")[1])\n'
    files = {**FILES, SETTINGS: lines}
    if where == ".env":
        files[".env"] = f"{name}={CANARY}\n"
    else:
        monkeypatch.setenv(name, CANARY)
    found = examine(project.find(str(projects(files))), ask=warm.ask)
    assert "ValueError: invalid literal for int()" in found.troubles[0]
    assert_hidden(found)


def test_the_password_of_a_URL_in_the_environment_is_not_printed(projects, warm):
    files = {**FILES, SETTINGS: 'import os\n\nint(os.environ["REDIS_URL"][9:21])\n'}
    variables = {"REDIS_URL": f"redis://:{CANARY}@127.0.0.1:6379/0"}
    found = examine(project.find(str(projects(files))), variables, ask=warm.ask)
    assert found.troubles
    assert_hidden(found)


def test_the_folder_that_one_is_in_is_no_secret(projects, warm):
    folder = projects({**FILES, SETTINGS: "import os\n\nint(os.getcwd())\n"})
    with_pwd = {"PWD": str(folder), "OLDPWD": str(folder)}
    found = examine(project.find(str(folder)), with_pwd, ask=warm.ask)
    assert str(folder) in found.troubles[0]


def test_secrets_are_not_printed_by_the_command_line_and_by_manage_check(doctor, projects):
    files = edited(FILES, [settings(HOSTS, SHAPES["third item of a pair"])])
    folder = projects(files)
    for words in ([], ["--json"]):
        done = doctor(folder, *words, code=1)
        assert CANARY not in done.stdout + done.stderr
    files = edited(
        files, [settings('    "chat_app",\n', '    "chat_app",\n    "channels_doctor",\n')]
    )
    done = subprocess.run(
        [sys.executable, "-B", "manage.py", "check"],
        cwd=projects(files),
        env=probing.environment(PYTHONPATH=str(SOURCE)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "channels_doctor.W001" in done.stderr
    assert CANARY not in done.stdout + done.stderr


LIVE = {
    "wrong password": f'"hosts": [{{"address": "redis://:{CANARY}@127.0.0.1:PORT/0"}}]',
    "error of the layer": '"hosts": [{"address": "redis://127.0.0.1:PORT/0", '
    f'"redis_connect_func": fail, "password": "{CANARY}"}}]',
}
FAILING = f'def fail(connection):\n    raise ValueError("token={CANARY} " + "{CANARY}"[::-1])\n\n\n'


@pytest.mark.parametrize("hosts", LIVE.values(), ids=LIVE)
def test_secrets_are_not_printed_by_the_live_examination(hosts, projects):
    program = private_redis.find_program()
    if not program:
        pytest.skip("There is no Redis server.")
    with server(program, "--requirepass", "another") as port:
        files = edited(FILES, [settings(HOSTS, hosts.replace("PORT", str(port)))])
        files[SETTINGS] = FAILING + files[SETTINGS]
        found = examine_live(project.find(str(projects(files))), {}, lambda text: None)
    assert found.live.trial.outcomes["default"].failures
    assert_hidden(found)
    assert json.loads(as_json.dump(found))["live"]


@pytest.mark.parametrize(
    "text",
    [
        "KeyError: 'user'",
        "ModuleNotFoundError: No module named 'chat'",
        "The SECRET_KEY setting must not be empty.",
        "Error 111 connecting to 127.0.0.1:6379. Connect call failed ('127.0.0.1', 6379).",
        "RedisChannelLayer.__init__() got an unexpected keyword argument 'password'",
        "ValueError: Redis URL must specify one of the following schemes (redis://, rediss://)",
        "WebSocket connection to 'ws://127.0.0.1:8000/ws/chat/lobby/' failed",
        "AuthMiddleware cannot find session in scope. SessionMiddleware must be above it.",
        "unknown command 'HELLO', with args beginning with: '3'",
    ],
)
def test_an_error_without_a_secret_is_quoted_as_it_is(text):
    assert masked(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'CANARY'",
        "unknown command `AUTH`, with args beginning with: `CANARY`,",
        "AccountName=chat;AccountKey=CANARY==;Endpoint=x",
        "PASSWORD\n  Input should be a number [input_value='CANARY', input_type=str]",
        "amqp://guest:CANARY@host, redis://:CANARY@host",
        "Settings(debug=True, secret_key=SecretStr('CANARY'))",
        "passwd -> CANARY",
        "Basic CANARYCANARY",
    ],
)
def test_a_secret_in_an_error_is_masked(text):
    assert "CANARY" not in masked(text)
    assert "***" in masked(text)

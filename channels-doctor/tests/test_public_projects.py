"""Cases from public projects that the doctor once judged wrongly."""

import pytest
from base_project import FILES, edited
from case_parts import ASGI, HOSTS, LAYER, MEMORY, ROUTING, SETTINGS, consumer, settings
from test_no_import import ids, read  # noqa: F401

from channels_doctor import project
from channels_doctor.static.requirements import pins

SENDS = '{"type": "chat.message", "message": message}'
ALIASES = [
    consumer(SENDS, '{"type": "chat.deleted", "message": message}'),
    consumer(
        '"message": event["message"]}))\n',
        '"message": event["message"]}))\n\n    chat_deleted = chat_message\n',
    ),
]
DEMANDED = [
    settings("SECRET_KEY =", "import os\n\nSECRET_KEY ="),
    settings(HOSTS, '"hosts": [{"host": os.environ["CACHE_HOST"], "socket_timeout": None}]'),
]
DEMANDED_BY_ENVIRON = [
    settings("SECRET_KEY =", "import environ\n\nenv = environ.Env()\nSECRET_KEY ="),
    settings(
        HOSTS,
        '"hosts": [{"host": env("CACHE_HOST"), "port": env.int("CACHE_PORT"), '
        '"socket_timeout": None}]',
    ),
]
ONLY_IF_SET = FILES[SETTINGS].replace(
    "CHANNEL_LAYERS = {\n", 'import os\n\nURL = os.environ.get("CACHE_URL")\nCHANNEL_LAYERS = {\n'
).replace(LAYER, MEMORY) + (
    'if URL:\n    CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer",'
    ' "CONFIG": {"hosts": [{"address": URL, "socket_timeout": None}]}}}\n'
)
NEWER_PYTHON = """\
class Tokens:
    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        scope["user"] = match = None
        type Key = = str
        return await self.inner(scope, receive, send)
"""
OWN_MIDDLEWARE = [
    ("chat_app/tokens.py", None, NEWER_PYTHON),
    (ASGI, "AuthMiddlewareStack(URLRouter", "Tokens(URLRouter"),
    (ASGI, "from channels.auth import AuthMiddlewareStack", "from chat_app.tokens import Tokens"),
]
FETCHED = """\
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const socket = new WebSocket(`${scheme}//${location.host}/ws/chat/lobby/`);
const log = document.getElementById("log");
socket.onmessage = (event) => {
  const data = JSON.parse(event.data);
  log.textContent = data.message;
};

function render(item) {
  return `<li>${Number(item.size)}</li>`;
}

async function refresh() {
  const response = await fetch("/sizes/");
  const data = await response.json();
  log.innerHTML = data.sizes.map((item) => render(item)).join("");
}
"""
REMARKS = """\
<!-- const old = new WebSocket('ws://' + location.host + '/ws/'); -->
<script>
/* new WebSocket('ws://' + location.host) */
const base = process.env.SOCKETS || 'ws://localhost:8000/ws';
const socket = new WebSocket(`${base}/chat/lobby/`);
</script>
"""
HEALTHY = {
    "markup of what was fetched": [("chat_app/static/sizes.js", None, FETCHED)],
    "a scheme in a remark or a default": [("chat_app/templates/a.html", None, REMARKS)],
    "a handler under a second name": ALIASES,
    "a host that the settings demand": DEMANDED,
    "a host that django-environ demands": DEMANDED_BY_ENVIRON,
    "a Redis only where its URL is set": [(SETTINGS, None, ONLY_IF_SET)],
    "a middleware that this Python can't parse": OWN_MIDDLEWARE,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_found_where_there_is(name, read):  # noqa: F811
    assert ids(read(edited(FILES, HEALTHY[name]))) == ([], [])


@pytest.mark.slow
def test_a_file_that_could_not_be_parsed_is_named(read):  # noqa: F811
    remarks = " ".join(read(edited(FILES, OWN_MIDDLEWARE)).remarks)
    assert "chat_app/tokens.py was left out" in remarks
    assert "syntax error in line 7" in remarks


@pytest.mark.slow
@pytest.mark.parametrize("name", ["game_id", "code", "slug", "sessionId", "room_uuid"])
def test_a_key_in_the_url_that_no_group_may_be_called_is_a_note(name, read):  # noqa: F811
    files = edited(
        FILES,
        [
            (ROUTING, "(?P<room_name>[-.a-zA-Z0-9_]{1,80})", rf"(?P<{name}>\w+)"),
            consumer('["kwargs"]["room_name"]', f'["kwargs"]["{name}"]'),
        ],
    )
    assert ids(read(files)) == ([], [("P25", "note")])


@pytest.mark.slow
def test_without_daphne_nobody_needs_asgi_application(read):  # noqa: F811
    files = edited(
        FILES,
        [
            settings('    "daphne",\n', ""),
            settings('ASGI_APPLICATION = "chat_project.asgi.application"\n', ""),
        ],
    )
    files["compose.yaml"] = (
        "services:\n  web:\n    command: uvicorn chat_project.asgi:application\n"
    )
    assert [name for name, _ in ids(read(files))[1] if name == "P18"] == []


@pytest.mark.slow
def test_a_refused_socket_is_told_of_once_with_all_that_is_missing(read):  # noqa: F811
    refuses = (
        '        if room_name == "closed":\n            await self.close()\n            return\n'
    )
    sets = '        self.group_name = f"chat_{room_name}"\n'
    files = edited(
        FILES,
        [
            consumer(sets, refuses + sets + "        self.room_name = room_name\n"),
            consumer(
                "    async def disconnect(self, code):\n",
                "    async def disconnect(self, code):\n        print(self.room_name)\n",
            ),
        ],
    )
    (finding,) = read(files).findings
    assert finding.id == "P31"
    assert "self.room_name and self.group_name" in finding.what


def test_the_packages_of_an_environment_in_the_project_are_read(tmp_path):
    site = tmp_path / ".venv" / "lib" / "python3.12" / "site-packages"
    (site / "channels-3.0.4.dist-info").mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("")
    assert pins([tmp_path])["channels"].is_below(4)


PATHS = {
    "parents": "ROOT = Path(__file__).resolve().parents[1]\nsys.path.insert(0, str(ROOT))\n",
    "dirname": "sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))\n",
    "join": 'HERE = os.path.dirname(__file__)\nsys.path.append(os.path.join(HERE, ".."))\n',
    "division": 'ROOT = Path(__file__).parent\nsys.path.append(str(ROOT / ".."))\n',
}


@pytest.mark.slow
@pytest.mark.parametrize("way", PATHS)
def test_settings_that_are_named_from_the_folder_above_are_found(way, read, projects):  # noqa: F811
    files = {
        f"site/{name}": text.replace("chat_project.", "site.chat_project.")
        for name, text in FILES.items()
    }
    start = "import sys\nfrom pathlib import Path\n\n" + PATHS[way]
    files["site/manage.py"] = files["site/manage.py"].replace("import sys\n", start)
    found = project.find(str(projects(files)))
    assert found.settings == "site.chat_project.settings"
    assert found.paths
    assert ids(read(files)) == ([], [])


NESTED = """\
class Tokens:
    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        print(f"asked: {scope["query_string"]} {", ".join(scope["subprotocols"])} {{}}")
        for part in scope["query_string"].split(b"&"):
            if part.startswith(b"token="):
                scope["user"] = part.removeprefix(b"token=")
        return await self.inner(scope, receive, send)
"""


@pytest.mark.slow
def test_quotes_inside_of_an_f_string_hide_nothing_from_an_older_python(read):  # noqa: F811
    files = edited(FILES, [("chat_app/tokens.py", None, NESTED), *OWN_MIDDLEWARE[1:]])
    found = read(files)
    assert ids(found) == ([], [("P62", "note")])
    assert not any("left out" in remark for remark in found.remarks)


@pytest.mark.slow
def test_the_application_behind_get_default_application_is_examined(read):  # noqa: F811
    start = """\
import os

import django
from channels.routing import get_default_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
django.setup()
application = get_default_application()
"""
    open_to_all = FILES[ASGI].replace("AllowedHostsOriginValidator(\n            Auth", "(Auth")
    files = {**FILES, ASGI: start, "chat_project/routing.py": open_to_all}
    files[SETTINGS] = FILES[SETTINGS].replace("chat_project.asgi", "chat_project.routing")
    assert ids(read(files)) == ([], [("P37", "warning")])


@pytest.mark.slow
def test_a_project_for_channels_1_is_not_told_of_asgi_application(read):  # noqa: F811
    files = edited(FILES, [settings('ASGI_APPLICATION = "chat_project.asgi.application"\n', "")])
    files[ASGI] = "import channels.asgi\n\nchannel_layer = channels.asgi.get_channel_layer()\n"
    assert {name for name, _ in ids(read(files))[1]} == {"P69"}


@pytest.mark.parametrize("name", ["req.txt", "requirements.txt", "requirements-dev.txt"])
def test_requirements_are_read_whatever_their_file_is_called(name, tmp_path):
    (tmp_path / name).write_text("channels==3.0.3\n")
    assert pins([tmp_path])["channels"].is_below(4)

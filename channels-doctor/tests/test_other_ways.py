"""Ways to write right code that the doctor once took for a fault, and what is still one."""

import pytest
from base_project import FILES, edited
from case_parts import ASGI, CONSUMERS, SYNC_CONSUMER, consumer
from test_no_import import ids, read  # noqa: F401

pytestmark = pytest.mark.slow

ACCEPTS = "        await self.accept()\n"
IF_KNOWN = """\
        if {refused}:
            await self.close()
        if {known}:
            await self.accept()
"""
SAME_USER = [
    ("isinstance(self.scope['user'], AnonymousUser)", "self.user.is_authenticated"),
    ("self.user.is_anonymous", "self.scope['user'].is_authenticated"),
    ("self.user == AnonymousUser()", "not self.user.is_anonymous"),
    ("not self.user.is_authenticated", "self.user.is_authenticated"),
]
OPENS = """\
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
// const old = new WebSocket("ws://" + location.host, "chat");
const socket = new WebSocket(`${scheme}//${location.host}/ws/chat/lobby/`);
const log = document.getElementById("log");
socket.onmessage = (event) => {
  const data = JSON.parse(event.data);
  SHOWN
};

function esc(text) {
  return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");
}
"""
SHOWN_WELL = {
    "by a function esc": "log.innerHTML = `<b>${esc(data.message)}</b>`;",
    "by a method": "log.innerHTML = `<b>${page.escapeHtml(data.message)}</b>`;",
    "as a template made it": "log.innerHTML = data.html;",
    "as a template made it, trimmed": "log.innerHTML = data.html.trim();",
}
TOKENS = """\
from urllib.parse import parse_qs


class Tokens:
    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        query = parse_qs(scope["query_string"].decode())
        scope["page"] = query.get("page")
        scope["user"] = READ
        return await self.inner(scope, receive, send)
"""
READ_ELSEWHERE = ['scope["token"]', 'scope.get("token")', 'scope["cookies"]["token"]']
SLEEPY = """\
import time

from channels.layers import get_channel_layer
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    async def send(self):
        time.sleep(1)
        await get_channel_layer().group_send("chat_lobby", {"type": "chat.message"})
"""
SCRIPT = """\
import asyncio


async def ask():
    await asyncio.sleep(1)


if __name__ == "__main__":
    ask()
"""
SLEEPS = SYNC_CONSUMER.replace(
    "    def chat_message",
    "    def chat_message(self, event):\n        time.sleep(1)\n\n    def unused",
)


def with_user(refused, known):
    imported = "import json\n\nfrom django.contrib.auth.models import AnonymousUser\n"
    entered = IF_KNOWN.format(refused=refused, known=known)
    return edited(FILES, [consumer("import json\n", imported), consumer(ACCEPTS, entered)])


@pytest.mark.parametrize(("refused", "known"), SAME_USER)
def test_a_user_is_either_refused_or_accepted(refused, known, read):  # noqa: F811
    assert ids(read(with_user(refused, known))) == ([], [])


def test_a_user_may_be_neither_refused_nor_accepted(read):  # noqa: F811
    found = read(with_user("self.user.is_anonymous", "self.user.is_staff"))
    assert {name for name, _ in ids(found)[1]} == {"P23"}


@pytest.mark.parametrize("way", SHOWN_WELL)
def test_a_message_is_shown_without_danger(way, read):  # noqa: F811
    script = OPENS.replace("SHOWN", SHOWN_WELL[way])
    assert ids(read({**FILES, "chat_app/static/chat.js": script})) == ([], [])


@pytest.mark.parametrize("shown", ["data.message", "describe(data.message)", "data.html + data.by"])
def test_a_message_is_shown_as_it_came(shown, read):  # noqa: F811
    script = OPENS.replace("SHOWN", f"log.innerHTML = {shown};")
    assert ids(read({**FILES, "chat_app/static/chat.js": script})) == ([], [("P72", "warning")])


def with_tokens(text):
    return edited(
        FILES,
        [
            ("chat_app/tokens.py", None, TOKENS.replace("READ", text)),
            (ASGI, "AuthMiddlewareStack(URLRouter", "Tokens(URLRouter"),
            (
                ASGI,
                "from channels.auth import AuthMiddlewareStack",
                "from chat_app.tokens import Tokens",
            ),
        ],
    )


@pytest.mark.parametrize("text", READ_ELSEWHERE)
def test_a_token_that_is_no_part_of_the_url_is_no_risk(text, read):  # noqa: F811
    assert ids(read(with_tokens(text))) == ([], [])


@pytest.mark.parametrize("text", ['query["token"][0]', 'query.get("token")'])
def test_a_token_in_the_url_is_logged(text, read):  # noqa: F811
    assert ids(read(with_tokens(text))) == ([], [("P62", "note")])


def test_a_command_may_sleep(read):  # noqa: F811
    file = "chat_app/management/commands/send.py"
    assert ids(read({**FILES, file: SLEEPY})) == ([], [])


def test_what_a_file_does_when_it_is_run_by_itself_is_not_judged(read):  # noqa: F811
    assert ids(read({**FILES, "chat_app/ask.py": SCRIPT})) == ([], [])


@pytest.mark.parametrize(("version", "expected"), [("2.4.0", []), ("4.3.2", [("P39", "warning")])])
def test_a_synchronous_consumer_had_a_thread_of_its_own_in_channels_2(version, expected, read):  # noqa: F811
    files = {**FILES, CONSUMERS: f"import time\n\n{SLEEPS}"}
    files["requirements.txt"] = f"channels=={version}\nredis==7.4.0\n"
    assert [pair for pair in ids(read(files))[1] if pair[0] == "P39"] == expected


USERS = "import json\n\nfrom channels.db import database_sync_to_async\nfrom django.contrib.auth.models import User\n"  # noqa: E501
ROWS = {
    "a user who is saved": "        self.user.save()\n",
    "the user of the scope, who is saved": '        self.scope["user"].save()\n',
    "a row that is saved": "        one = await database_sync_to_async(User.objects.get)(pk=1)\n        one.save()\n",  # noqa: E501
    "a method of a model that narrows": "        User.known(1).filter(pk=1).exists()\n",
    "a queryset of a model's own, read later": "        self.known = User.known(1).filter(pk=1)\n        if self.known.first():\n            return\n",  # noqa: E501
    "a look into related rows": "        if 1 in self.user.groups.all():\n            return\n",
    "a loop over related rows": "        for group in self.user.groups.all():\n            print(group)\n",  # noqa: E501
}
NO_QUERIES = {
    "an asynchronous save": "        await self.user.asave()\n",
    "an asynchronous query": "        await User.known(1).filter(pk=1).aexists()\n",
    "a loop that waits": "        async for group in self.user.groups.all():\n            print(group)\n",  # noqa: E501
    "a comparison with a list": "        if 1 in [2].copy():\n            return\n",
    "a file": "        form = self.scope\n        form.save()\n",
}


def with_query(text):
    return edited(FILES, [consumer("import json\n", USERS), consumer(ACCEPTS, text + ACCEPTS)])


@pytest.mark.parametrize("name", ROWS)
def test_the_database_is_asked_in_an_async_def_by(name, read):  # noqa: F811
    found = read(with_query(ROWS[name]))
    assert [pair for pair in ids(found)[1] if pair[0] == "P38"] == [("P38", "error")]


@pytest.mark.parametrize("name", NO_QUERIES)
def test_the_database_is_not_asked_in_an_async_def_by(name, read):  # noqa: F811
    assert "P38" not in {name for name, _ in ids(read(with_query(NO_QUERIES[name])))[1]}


CLAIMED = """\
        sender_id = data["sender_id"]
        await self.save(GIVEN, message)
"""
SAVE = """\
    @database_sync_to_async
    def save(self, number, text):
        return User.objects.get(pk=number).pk

    async def chat_message"""


@pytest.mark.parametrize(("given", "expected"), [("sender_id", ["P71"]), ("1", [])])
def test_a_user_is_looked_up_by_a_method_for_what_the_frame_claims(given, expected, read):  # noqa: F811
    keeps = '            data = json.loads(text_data)\n            message = data["message"]\n'
    files = edited(
        FILES,
        [
            consumer("import json\n", USERS),
            consumer('        self.user = self.scope["user"]\n', ""),
            consumer('            message = json.loads(text_data)["message"]\n', keeps),
            consumer(
                '        event = {"type"',
                CLAIMED.replace("GIVEN", given) + '        event = {"type"',
            ),  # noqa: E501
            consumer("    async def chat_message", SAVE),
        ],
    )
    assert [name for name, _ in ids(read(files))[1]] == expected


PAIRED = """\
import uuid

from channels.generic.websocket import AsyncWebsocketConsumer


class PairConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.group_name = NAMED
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group_name, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        await self.channel_layer.group_send(self.group_name, {"type": "pair.found"})

    async def pair_found(self, event):
        await self.send(text_data="found")
"""


@pytest.mark.parametrize(
    ("named", "expected"),
    [('f"chat_{uuid.uuid4().hex}"', []), ('"chat_%s" % self.scope["path"]', ["P24"])],
)
def test_a_name_that_is_drawn_by_lot_is_shared_with_nobody(named, expected, read):  # noqa: F811
    files = {**FILES, "chat_app/pairs.py": PAIRED.replace("NAMED", named)}
    assert {name for name, _ in ids(read(files))[1]} == set(expected)


def test_a_token_in_the_answer_of_another_server_is_not_in_the_url(read):  # noqa: F811
    ask = 'def page(answer):\n    token = answer.get("token")\n    return f"/?{query_string(token)}"\n'  # noqa: E501
    text = f"def query_string(token):\n    return token\n\n\n{ask}"
    assert ids(read({**FILES, "chat_app/pages.py": text})) == ([], [])


def test_a_code_that_is_never_sent_is_not_judged(read):  # noqa: F811
    refuses = "        if not self.user.is_staff:\n            self.close(code=4001)\n            return\n"  # noqa: E501
    found = read(edited(FILES, [consumer(ACCEPTS, refuses + ACCEPTS)]))
    assert "P34" not in {name for name, _ in ids(found)[1]}


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    pass\nexcept KeyError, ValueError:\n    pass\n",
        "type Names = list[str]\n",
        "class Found[T](list):\n    pass\n",
        "def first[T](found: list[T]) -> T:\n    return found[0]\n",
    ],
)
def test_what_only_a_newer_python_can_read_is_read(text, read):  # noqa: F811
    found = read({**FILES, "chat_app/newer.py": text})
    assert ids(found) == ([], [])
    assert not any("left out" in remark for remark in found.remarks)


def test_settings_that_cannot_be_parsed_are_not_said_to_be_missing(read):  # noqa: F811
    (trouble,) = read({**FILES, "chat_project/settings.py": "DEBUG = = True\n"}).troubles
    assert trouble.startswith("chat_project/settings.py can't be read: Python 3.")


def test_the_last_of_several_variables_has_a_default(read):  # noqa: F811
    one = 'import os\n\nURL = os.environ.get("A") or os.environ.get("B") or "redis://127.0.0.1:6379/0"\n'  # noqa: E501
    files = {**FILES, "requirements.txt": "redis==7.4.0\n"}
    text = FILES["chat_project/settings.py"].replace('"redis://127.0.0.1:6379/0"', "URL")
    files["chat_project/settings.py"] = one + text
    assert ids(read(files)) == ([], [])


def test_an_event_may_name_a_method_of_the_base_class(read):  # noqa: F811
    files = edited(
        FILES,
        [
            consumer("AsyncWebsocketConsumer\n", "AsyncJsonWebsocketConsumer\n"),
            consumer("(AsyncWebsocketConsumer)", "(AsyncJsonWebsocketConsumer)"),
            consumer('"type": "chat.message"', '"type": "send_json"'),
        ],
    )
    assert "P24" not in {name for name, _ in ids(read(files))[1]}


def test_a_client_that_has_gone_need_not_be_refused(read):  # noqa: F811
    tries = """\
        try:
            await self.accept()
        except ClientDisconnected:
            return
"""
    assert ids(read(edited(FILES, [consumer(ACCEPTS, tries)]))) == ([], [])


MODELS = """\
from django.db import models


class Note(models.Model):
    writer = models.ForeignKey("auth.User", on_delete=models.CASCADE)

    def approve(self):
        self.writer.save()
"""


@pytest.mark.parametrize(("method", "expected"), [("approve", []), ("save", ["P38"])])
def test_a_method_that_ran_in_a_thread_may_have_fetched_the_related_row(method, expected, read):  # noqa: F811
    asks = f"""\
        note = await database_sync_to_async(Note.objects.get)(pk=1)
        await database_sync_to_async(note.{method})()
        print(note.writer.username)
"""
    imported = "import json\n\nfrom channels.db import database_sync_to_async\nfrom chat_app.models import Note\n"  # noqa: E501
    files = edited(FILES, [consumer("import json\n", imported), consumer(ACCEPTS, asks + ACCEPTS)])
    files["chat_app/models.py"] = MODELS
    assert [name for name, _ in ids(read(files))[1]] == expected


def test_a_secret_that_is_a_word_of_the_report_hides_none_of_it(read):  # noqa: F811
    script = OPENS.replace("SHOWN", "log.innerHTML = data.message;")
    files = {**FILES, "chat_app/static/chat.js": script}
    files["chat_app/keys.py"] = 'API_TOKEN = "message"\nOTHER_TOKEN = "sunshine-9"\n'
    (finding,) = read(files).findings
    assert finding.what.startswith("A message is inserted as HTML")


def test_a_file_of_an_archive_program_is_no_module(read):  # noqa: F811
    found = read({**FILES, "chat_app/._views.py": "no Python, but data of a Macintosh\n"})
    assert ids(found) == ([], [])
    assert not any("left out" in remark for remark in found.remarks)


LETS_IN = """\
    async def let_in(self):
        if self.user.is_staff:
            await self.accept()
            return True
        ELSE

    async def connect"""


@pytest.mark.parametrize(
    ("otherwise", "expected"),
    [("return False", []), ("print(self.user)", []), ("return self.user", ["P23"])],
)
def test_what_a_helper_returns_tells_whether_it_has_accepted(otherwise, expected, read):  # noqa: F811
    files = edited(
        FILES,
        [
            consumer(ACCEPTS, "        if await self.let_in():\n            return\n" + ACCEPTS),
            consumer("    async def connect", LETS_IN.replace("ELSE", otherwise)),
        ],
    )
    assert [name for name, _ in ids(read(files))[1]] == expected


def test_a_synchronous_consumer_may_ask_redis(read):  # noqa: F811
    asks = SYNC_CONSUMER.replace(
        "    def chat_message",
        "    def chat_message(self, event):\n        counts.incr('a')\n\n    def unused",  # noqa: E501
    )
    files = {**FILES, CONSUMERS: f"import redis\n\n{asks}\n\ncounts = redis.Redis()\n"}
    assert "P39" not in {name for name, _ in ids(read(files))[1]}

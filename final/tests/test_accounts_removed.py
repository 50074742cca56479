"""The chat without the `accounts` app, for projects that use only the chat."""

import asyncio
import json
import uuid

import pytest

from tests import patience
from tests.server import PASSWORD, PROJECT, Server

pytestmark = pytest.mark.slow

SETTINGS = "tests.settings_without_accounts"
DELETE = "from chat_app.models import User; print(User.objects.get(username={!r}).delete())"


@pytest.fixture
def server(tmp_path):
    server = Server("uvicorn", tmp_path, DJANGO_SETTINGS_MODULE=SETTINGS).start()
    yield server
    server.forget_users()
    server.stop()


async def hear(socket, kind):
    frame = {}
    while frame.get("type") != kind:
        frame = json.loads(await asyncio.wait_for(socket.recv(), patience.SECONDS))
    return frame


async def test_the_chat_works_without_accounts(server):
    ann, bob = server.user(), server.user()
    async with ann.connect() as hers, bob.connect(ann.room) as his:
        await hear(his, "welcome")
        frame = {"type": "message", "client_id": str(uuid.uuid4()), "message": "hello"}
        await hers.send(json.dumps(frame))
        heard = await hear(his, "messages")
        assert heard["messages"][0]["author"] == ann.name
    assert "/accounts/password/" in ann.http.get("/").text
    pages = ["/", f"/chat/{ann.room}/", "/accounts/password/", "/accounts/login/"]
    for page in pages:
        response = ann.http.get(page)
        assert response.status_code == 200
        assert (
            "Forgot your password" not in response.text and "/accounts/delete" not in response.text
        )
    for page in ("/accounts/", "/accounts/data/", "/accounts/reset/", "/accounts/delete/"):
        assert ann.http.get(page).status_code == 404
    assert server.run("manage.py", "shell", "-v0", "-c", DELETE.format(ann.name)).wait() == 0
    assert "Deleted account" in bob.http.get(f"/chat/{ann.room}/").text
    form = {"username": ann.name, "password": PASSWORD}
    assert ann.post("/accounts/login/", form).status_code == 200


def test_the_chat_has_all_its_migrations_without_accounts(server):
    assert server.run("manage.py", "makemigrations", "--check", "--dry-run").wait() == 0
    assert server.run("manage.py", "check").wait() == 0, server.log()


def test_a_project_keeps_working_after_the_app_is_removed(tmp_path):
    before = Server("uvicorn", tmp_path).start()
    ann = before.user()
    assert ann.post("/accounts/", {"name": f"Ann {ann.name[5:]}"}).status_code == 302
    assert before.run("manage.py", "migrate", "accounts", "zero", "-v0").wait() == 0
    before.stop()
    after = Server("uvicorn", tmp_path, DJANGO_SETTINGS_MODULE=SETTINGS).start()
    assert after.run("manage.py", "shell", "-v0", "-c", DELETE.format(ann.name)).wait() == 0
    before.forget_users()
    after.stop()


def test_no_file_in_the_chat_mentions_the_app():
    for path in (PROJECT / "chat_app").rglob("*"):
        if path.suffix in (".py", ".html"):
            text = path.read_text("utf-8")
            assert "import accounts" not in text and "from accounts" not in text, path
            assert "accounts/account.html" not in text, path

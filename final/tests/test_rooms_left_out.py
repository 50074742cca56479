"""The chat works without the `rooms` app, and doesn't depend on it."""

import re

import pytest

from tests.server import PROJECT, Server
from tests.without import run_tests

TESTS = ["test_access.py", "test_pages.py", "test_posting.py", "test_entrance.py"]


def test_the_chat_does_not_mention_the_rooms_app():
    files = [path for path in (PROJECT / "chat_app").rglob("*") if path.suffix in (".py", ".html")]
    assert len(files) > 50
    uses = re.compile(r"^\s*(from|import) rooms\b|['\"]rooms:|['\"]rooms/\w", re.MULTILINE)
    assert [path.name for path in files if uses.search(path.read_text())] == []


@pytest.mark.slow
async def test_people_chat_without_the_app(tmp_path):
    server = Server("uvicorn", tmp_path, DJANGO_SETTINGS_MODULE="tests.without_rooms").start()
    try:
        user = server.user()
        async with user.connect() as socket:
            await socket.recv()
            form = {"client_id": "12345678-1234-4234-8234-123456789abc", "message": "hello"}
            assert user.post(f"/chat/{user.room}/", form).status_code == 302
            while '"message": "hello"' not in await socket.recv():
                pass
        page = user.http.get(f"/chat/{user.room}/")
        assert page.status_code == 200 and "/people/" not in page.text
        assert user.http.get(f"/chat/{user.room}/people/").status_code == 404
    finally:
        server.forget_users()
        server.stop()


@pytest.mark.slow
def test_the_chats_own_tests_pass_without_the_app():
    run_tests("tests.without_rooms", TESTS)

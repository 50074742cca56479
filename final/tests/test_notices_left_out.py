"""The chat works without the `notices` app, and doesn't depend on it."""

import re

import pytest
import websockets

from tests.server import PROJECT, Server
from tests.without import run_tests

TESTS = ["test_access.py", "test_pages.py", "test_posting.py", "test_changes.py"]


def test_the_apps_below_do_not_mention_notices():
    files = [
        path
        for app in ("chat_app", "accounts", "rooms")
        for path in (PROJECT / app).rglob("*")
        if path.suffix in (".py", ".html", ".js")
    ]
    assert len(files) > 80
    uses = re.compile(r"^\s*(from|import) notices\b|['\"]notices:|['\"./]notices/", re.MULTILINE)
    assert [path.name for path in files if uses.search(path.read_text())] == []


@pytest.mark.slow
async def test_people_chat_without_the_app(tmp_path):
    server = Server("uvicorn", tmp_path, DJANGO_SETTINGS_MODULE="tests.without_notices").start()
    try:
        user = server.user()
        async with user.connect() as socket:
            await socket.recv()
            form = {"client_id": "12345678-1234-4234-8234-123456789abc", "message": "hello @you"}
            assert user.post(f"/chat/{user.room}/", form).status_code == 302
            while '"message": "hello @you"' not in await socket.recv():
                pass
        for path in (f"/chat/{user.room}/", "/"):
            page = user.http.get(path)
            assert page.status_code == 200 and "notices" not in page.text
        assert user.http.get(f"/chat/{user.room}/names/?name=a").status_code == 404
        with pytest.raises(websockets.InvalidStatus):
            await websockets.connect(
                f"ws://{server.address}/ws/notices/",
                origin=f"http://{server.address}",
                additional_headers=user.headers(),
            )
    finally:
        server.forget_users()
        server.stop()


@pytest.mark.slow
def test_the_chats_own_tests_pass_without_the_app():
    run_tests("tests.without_notices", TESTS)

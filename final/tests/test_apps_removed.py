"""Each add-on app can be removed from a project that has used it."""

import pytest

from tests.server import Server

MESSAGE = {"client_id": "12345678-1234-4234-8234-123456789abc", "message": "hello"}


@pytest.mark.slow
@pytest.mark.parametrize("app", ["moderation", "notices", "search"])
def test_a_project_keeps_working_after_an_app_is_removed(app, tmp_path):
    before = Server("uvicorn", tmp_path).start()
    user = before.user()
    assert before.run("manage.py", "migrate", app, "zero", "-v0").wait() == 0
    before.stop()
    after = Server("uvicorn", tmp_path, DJANGO_SETTINGS_MODULE=f"tests.without_{app}").start()
    try:
        user.http.base_url = f"http://{after.address}"
        form = {"username": user.name, "password": "a fine password"}
        assert user.post("/accounts/login/", form).status_code == 302
        assert user.post(f"/chat/{user.room}/", MESSAGE).status_code == 302
        assert after.rows(text="hello") == 1
    finally:
        before.forget_users()
        after.stop()

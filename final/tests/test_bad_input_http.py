"""Bad input over HTTP: rows 53 to 62 of the table, on daphne and uvicorn."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("oracle")]


async def test_a_form_without_its_token_is_refused(server):
    user = server.user()
    assert user.post("/", {"name": "x"}, token=False).status_code == 403


async def test_the_login_does_not_redirect_to_other_sites(server):
    user = server.user()
    user.post("/accounts/logout/", {})
    form = {"username": user.name, "password": "a fine password", "next": "//evil.example"}
    response = user.post("/accounts/login/", form)
    assert (response.status_code, response.headers["location"]) == (302, "/")


async def test_the_eleventh_wrong_password_is_refused_for_a_while(server):
    user = server.user()
    user.post("/accounts/logout/", {})
    wrong = {"username": user.name, "password": "wrong"}
    statuses = [user.post("/accounts/login/", wrong).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


async def test_a_body_of_ten_megabytes_is_refused(server):
    user = server.user()
    assert user.post("/", {"name": "x" * 10_000_000}).status_code == 413


async def test_a_chunked_body_without_a_length_is_limited_too(server):
    user = server.user()
    chunks = (b"x" * 10_000 for _ in range(200))
    assert user.http.post("/accounts/login/", content=chunks).status_code == 413


@pytest.mark.parametrize(
    ("query", "status"), [("before=abc", 400), ("before=-1", 400), ("limit=1000000000", 200)]
)
async def test_invalid_history_parameters_are_refused_or_capped(server, query, status):
    user = server.user()
    assert user.http.get(f"/chat/{user.room}/messages/?{query}").status_code == status


async def test_no_page_may_be_framed(server):
    response = server.user().http.get("/")
    assert response.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("username", ["<b>x</b>", "a\0b", "x" * 151])
async def test_an_invalid_name_is_a_form_error(server, username):
    user = server.user()
    form = {"username": username, "password1": "a fine password", "password2": "a fine password"}
    response = user.post("/accounts/signup/", form)
    assert response.status_code == 200 and "<b>x" not in response.text


@pytest.mark.parametrize("path", ["/admin/", "/nothing/", "/chat/nothing-here/"])
async def test_error_pages_reveal_nothing_internal(server, path):
    response = server.user().http.get(path)
    assert response.status_code == 404
    for secret in ("chat_project", "urlpatterns", "/home", "site-packages", "SECRET"):
        assert secret not in response.text


async def test_static_files_and_health_checks_are_served(server):
    http = server.user().http
    for path in ("/static/chat_app/chat.css", "/healthz", "/readyz"):
        assert http.get(path).status_code == 200


async def test_cookies_are_hidden_from_scripts_and_other_sites(server):
    user = server.user()
    user.post("/accounts/logout/", {})
    form = {"username": user.name, "password": "a fine password"}
    cookies = user.post("/accounts/login/", form).headers.get_list("set-cookie")
    [session] = [cookie for cookie in cookies if cookie.startswith("sessionid")]
    assert "HttpOnly" in session and "SameSite=Lax" in session

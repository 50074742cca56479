"""Bad input over HTTP, rows 53 to 62 of the table, on daphne and uvicorn."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("oracle")]


async def test_a_form_without_its_token_is_refused(server):
    user = server.user()
    assert user.post("/", {"name": "x"}, token=False).status_code == 403


async def test_the_login_leads_to_no_other_site(server):
    user = server.user()
    user.post("/accounts/logout/", {})
    form = {"username": user.name, "password": "a fine password", "next": "//evil.example"}
    response = user.post("/accounts/login/", form)
    assert (response.status_code, response.headers["location"]) == (302, "/")


async def test_the_eleventh_wrong_password_has_to_wait(server):
    user = server.user()
    user.post("/accounts/logout/", {})
    wrong = {"username": user.name, "password": "wrong"}
    statuses = [user.post("/accounts/login/", wrong).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


async def test_ten_megabytes_are_too_many(server):
    user = server.user()
    assert user.post("/", {"name": "x" * 10_000_000}).status_code == 413


async def test_a_body_in_chunks_that_names_no_length_is_limited_too(server):
    user = server.user()
    chunks = (b"x" * 10_000 for _ in range(200))
    assert user.http.post("/accounts/login/", content=chunks).status_code == 413


@pytest.mark.parametrize(
    ("query", "status"), [("before=abc", 400), ("before=-1", 400), ("limit=1000000000", 200)]
)
async def test_a_wrong_question_for_history_is_refused_or_capped(server, query, status):
    user = server.user()
    assert user.http.get(f"/chat/{user.room}/messages/?{query}").status_code == status


async def test_no_page_may_be_framed(server):
    response = server.user().http.get("/")
    assert response.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("username", ["<b>x</b>", "a\0b", "x" * 151])
async def test_a_name_that_cannot_be_is_a_form_error(server, username):
    user = server.user()
    form = {"username": username, "password1": "a fine password", "password2": "a fine password"}
    response = user.post("/accounts/signup/", form)
    assert response.status_code == 200 and "<b>x" not in response.text


@pytest.mark.parametrize("path", ["/admin/", "/nothing/", "/chat/nothing-here/"])
async def test_what_is_not_there_says_nothing_of_the_inside(server, path):
    response = server.user().http.get(path)
    assert response.status_code == 404
    for secret in ("chat_project", "urlpatterns", "/home", "site-packages", "SECRET"):
        assert secret not in response.text


async def test_static_files_and_health_checks_are_served(server):
    http = server.user().http
    for path in ("/static/chat_app/chat.css", "/healthz", "/readyz"):
        assert http.get(path).status_code == 200


async def test_cookies_are_kept_from_scripts_and_other_sites(server):
    user = server.user()
    user.post("/accounts/logout/", {})
    form = {"username": user.name, "password": "a fine password"}
    cookies = user.post("/accounts/login/", form).headers.get_list("set-cookie")
    [session] = [cookie for cookie in cookies if cookie.startswith("sessionid")]
    assert "HttpOnly" in session and "SameSite=Lax" in session

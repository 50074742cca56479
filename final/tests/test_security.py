"""Rate limits, the size limit for bodies, and NUL in unusual places."""

import asyncio

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from chat_app import throttles
from chat_app.throttles import client_network
from chat_project.security import BodyLimitMiddleware, client_address
from tests import patience
from tests.conftest import log_in

LIMIT = 1_048_576
SIGN_UP = {"password1": "a fine password", "password2": "a fine password"}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
        (2, "203.0.113.9", "203.0.113.9"),
        (0, "203.0.113.9", "192.0.2.50"),
        (1, "", "192.0.2.50"),
        (1, "203.0.113.9, made up", "192.0.2.50"),
        (1, "203.0.113.9, ", "203.0.113.9"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_the_client_address_comes_from_our_own_proxies(settings, proxies, forwarded, address):
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.50")
    request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    client_address(lambda request: HttpResponse())(request)
    assert request.META["REMOTE_ADDR"] == address


def test_a_customer_with_many_ipv6_addresses_counts_once():
    requests = [
        RequestFactory().get("/", REMOTE_ADDR=address)
        for address in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1")
    ]
    first, second, other = [client_network(request) for request in requests]
    assert first == second != other


def test_wrong_passwords_from_many_addresses_of_one_customer_are_limited(client, ann):
    wrong = {"username": "ann", "password": "wrong"}
    statuses = [
        client.post("/accounts/login/", wrong, REMOTE_ADDR=f"2001:db8::{n}").status_code
        for n in range(1, 14)
    ]
    assert statuses == [200] * 10 + [429] * 3
    right = {"username": "ann", "password": "a fine password"}
    elsewhere = client.post("/accounts/login/", right, REMOTE_ADDR="2001:db8:0:1::1")
    assert elsewhere.status_code == 302


def test_forty_people_behind_one_address_can_sign_up_at_once(client):
    statuses = [
        client.post("/accounts/signup/", {"username": f"user{n}x", **SIGN_UP}).status_code
        for n in range(40)
    ]
    assert statuses == [302] * 40


def test_sign_ups_from_one_address_are_limited(client, settings):
    settings.CHAT = {**settings.CHAT, "SIGNUP_BURST": 3}
    statuses = [
        client.post("/accounts/signup/", {"username": f"user{n}x", **SIGN_UP}).status_code
        for n in range(5)
    ]
    assert statuses == [302, 302, 302, 429, 429]
    form = {"username": "someone-else", **SIGN_UP}
    assert client.post("/accounts/signup/", form, REMOTE_ADDR="192.0.2.1").status_code == 302


def test_logins_from_one_address_are_limited_for_all_accounts_together(client, settings, ann, bob):
    settings.CHAT = {**settings.CHAT, "LOGIN_BURST": 3}
    statuses = [
        client.post("/accounts/login/", {"username": f"user{n}", "password": "x"}).status_code
        for n in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
    right = {"username": "ann", "password": "a fine password"}
    response = client.post("/accounts/login/", right)
    assert response.status_code == 429 and int(response["Retry-After"]) >= 1
    assert client.post("/accounts/login/", right, REMOTE_ADDR="192.0.2.1").status_code == 302


def test_guessing_the_old_password_is_limited(settings, ann):
    settings.CHAT = {**settings.CHAT, "LOGIN_BURST": 3}
    page = log_in(ann)
    form = {"old_password": "wrong", "new_password1": "a new one!", "new_password2": "a new one!"}
    statuses = [page.post("/accounts/password/", form).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


def test_limits_are_forgotten_after_people_leave(settings):
    settings.CHAT = {**settings.CHAT, "SIGNUPS_PER_MINUTE": 10**9}
    for number in range(3 * throttles.SWEEP_AT):
        throttles.signups.take(f"198.51.100.{number}")
    assert len(throttles.signups.buckets) <= throttles.SWEEP_AT


async def length(scope, receive, send):
    """An application that responds with the length of the body."""
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % len(message["body"])})


async def answer(*chunks):
    """BodyLimitMiddleware's status and text in response to a body in these chunks."""
    parts = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    parts.append({"type": "http.request", "body": b"", "more_body": False})
    incoming, sent = iter(parts), []

    async def receive():
        return next(incoming)

    async def send(message):
        sent.append(message)

    await BodyLimitMiddleware(length)({"type": "http"}, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_a_body_up_to_the_limit_arrives_complete():
    assert await answer(b"x" * 1000, b"y" * (LIMIT - 1000)) == (200, b"%d" % LIMIT)


async def test_a_body_over_the_limit_is_refused_in_any_chunking():
    for chunks in ([b"x" * (LIMIT + 1)], [b"x" * 1000] * 1049, [b"x"] * (LIMIT + 1)):
        status, text = await answer(*chunks)
        assert status == 413 and b"too big" in text


async def test_an_endless_body_is_not_read_to_the_end():
    async def receive():
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"x" * LIMIT, "more_body": True}

    sent = []

    async def send(message):
        sent.append(message)

    async with asyncio.timeout(patience.SECONDS):
        await BodyLimitMiddleware(length)({"type": "http"}, receive, send)
    assert sent[0]["status"] == 413


async def test_a_client_that_disconnects_mid_body_is_no_error():
    seen = []

    async def receive():
        return {"type": "http.disconnect"}

    async def application(scope, receive, send):
        seen.append(await receive())

    await BodyLimitMiddleware(application)({"type": "http"}, receive, None)
    assert seen == [{"type": "http.disconnect"}]


def test_nul_in_a_query_or_a_cookie_is_refused(client, ann):
    assert client.get("/?q=%00").status_code == 400
    assert client.get("/accounts/login/?next=%00").status_code == 400
    client.cookies["sessionid"] = "abcdefgh\0"
    assert client.get("/").status_code == 400


@pytest.mark.parametrize("path", ["/nothing/", "/fails/"])
def test_debug_error_pages_keep_their_inline_styles(client, settings, path):
    settings.DEBUG = True
    settings.ROOT_URLCONF = "tests.failing_urls"
    client.raise_request_exception = False
    response = client.get(path)
    assert response.status_code in (404, 500)
    assert "<style" in response.text
    assert "Content-Security-Policy" not in response.headers


def test_error_pages_have_the_policy_without_debug(client, settings):
    settings.ROOT_URLCONF = "tests.failing_urls"
    client.raise_request_exception = False
    for path in ("/nothing/", "/fails/"):
        assert "Content-Security-Policy" in client.get(path).headers

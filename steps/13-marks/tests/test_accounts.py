import re

import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect, message_of, says_that_it_is_connected, shows
from django.contrib.auth import get_user
from django.core.management import call_command
from django.test import Client

PASSWORD = "correct horse battery"
FORM = {"username": "newcomer", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def stranger(cookies, db, settings):
    """A browser in which nobody is logged in."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a quick one
    return Client()


def signed_up(client, **fields):
    response = client.post("/accounts/signup/", {**FORM, **fields})
    assert response.status_code != 404, "there is no page at /accounts/signup/"
    return response


def is_logged_in(client):
    return get_user(client).is_authenticated


def test_the_project_has_a_user_model_of_its_own(settings, django_db_setup):
    app = settings.AUTH_USER_MODEL.partition(".")[0]
    assert app == "chat_app", f"AUTH_USER_MODEL is {settings.AUTH_USER_MODEL}, not in chat_app"
    try:
        call_command("makemigrations", "chat_app", "--check", "--dry-run", verbosity=0)
    except SystemExit:
        pytest.fail("a migration is missing: run python manage.py makemigrations chat_app")


@pytest.mark.parametrize("path", ["/", "/chat/lobby/"])
def test_a_stranger_is_sent_to_the_login_page(stranger, path):
    response = stranger.get(path)
    says = f"the page at {path} answered {response.status_code} to somebody who is not logged in"
    assert response.status_code == 302, says
    assert response["Location"].startswith("/accounts/login/"), f"{says} and redirects elsewhere"
    page = stranger.get(response["Location"])
    assert 'type="password"' in page.text, (
        "the page at /accounts/login/ does not ask for a password"
    )


def test_signing_up_logs_you_in(stranger):
    response = signed_up(stranger)
    assert is_logged_in(stranger), "somebody who signs up is not logged in afterwards"
    assert response.status_code == 302, "the page at /accounts/signup/ does not redirect afterwards"
    assert "newcomer" in stranger.get("/").text, "the first page does not show who is logged in"


@pytest.mark.parametrize(
    "fields",
    [{"username": "Ann"}, {"username": ""}, {"username": "a b"}, {"password2": "another"}],
    ids=["taken", "empty", "a blank", "two passwords"],
)
def test_an_account_that_cannot_be_made_is_answered_in_words(stranger, fields):
    response = signed_up(stranger, **fields)
    assert response.status_code == 200, f"signing up with {fields} answered {response.status_code}"
    assert "errorlist" in response.text, f"the page does not say what is wrong with {fields}"
    assert not is_logged_in(stranger), f"signing up with {fields} logs you in"


def test_logging_out_and_in_again(stranger):
    signed_up(stranger)
    assert stranger.post("/accounts/logout/").status_code == 302, "logging out does not redirect"
    assert not is_logged_in(stranger), "somebody who logs out is still logged in"
    form = {"username": "newcomer", "password": PASSWORD}
    response = stranger.post("/accounts/login/?next=/chat/lobby/", form)
    assert is_logged_in(stranger), "somebody with the right password cannot log in"
    assert response["Location"] == "/chat/lobby/", "logging in does not lead to the page you wanted"


def test_the_forms_can_be_sent(stranger):
    pages = {path: stranger.get(path).text for path in ("/accounts/login/", "/accounts/signup/")}
    signed_up(stranger)
    pages["/"] = stranger.get("/").text
    for path, page in pages.items():
        for form in re.findall(r"<form[^>]*post.*?</form>", page, re.DOTALL | re.IGNORECASE):
            assert "csrfmiddlewaretoken" in form, f"a form at {path} has no {{% csrf_token %}}"
    assert not re.search(r"<a\b[^>]*/accounts/logout/", page), (
        "the page at / logs you out by a link"
    )


async def test_the_socket_of_a_stranger_is_accepted_and_closed_with_a_code(visit, room):
    stranger = visit(room, name="Stranger")
    let_in = await stranger.try_to_connect()
    complaint = "a stranger's socket was refused before accept(), so the page sees code 1006"
    assert let_in, complaint
    code = await stranger.is_closed()
    assert code == 4401, f"a stranger's socket was closed with the code {code}, not 4401"


async def test_a_stranger_who_sends_at_once_is_not_heard(enter, visit, room):
    ann, stranger = await enter(room), visit(room, name="Stranger")
    await stranger.try_to_connect()
    await stranger.say("let me in")
    assert await stranger.is_closed() == 4401, "a stranger's socket stays open"
    await stranger.leave()
    await ann.say("hello")
    await ann.hears("hello")


async def test_a_message_says_who_wrote_it(enter, room):
    ann, bob = await enter(room), await enter(room)
    await ann.say("hello")
    for visitor in (ann, bob):
        author = (await visitor.hears("hello")).get("author")
        assert author == "Ann", f"{visitor.name} received what Ann sent with the author {author!r}"


async def test_nobody_can_write_in_the_name_of_somebody_else(enter, room):
    ann = await enter(room)
    await ann.say("hello", author="Bob", user="Bob")
    author = (await ann.hears("hello")).get("author")
    assert author == "Ann", f"Ann sent a frame with the author Bob, but it arrived as {author!r}"


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_shows_who_wrote_a_message(open_room):
    ann, bob = await open_room("Ann"), await open_room("Bob")
    await message_of(ann).fill("hello")
    await message_of(ann).press("Enter")
    await shows(bob, "hello", "Bob's window does not show what Ann sent")
    await shows(bob, "Ann", "Bob's window does not show who sent it")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_says_that_you_are_logged_out_and_stops_trying(open_page, site, room):
    page, sockets = await open_page("Ann"), []

    async def stand_between(socket):
        sockets.append(socket)
        socket.connect_to_server()

    await page.route_web_socket("**/ws/**", stand_between)
    await page.clock.install()
    await page.goto(f"{site}/chat/{room}/")
    await says_that_it_is_connected(page)
    await page.context.clear_cookies()
    await sockets[-1].close()
    await expect(connected_on(page), "the page does not say that it is offline").to_have_count(0)
    await page.clock.fast_forward(60_000)
    status = page.get_by_role("status").filter(has_text=re.compile("log(ged)? (out|in)", re.I))
    complaint = "the page does not say that you are logged out when the code is 4401"
    await expect(status, complaint).to_be_visible()
    tried = len(sockets)  # more than twice if a close code was lost on its way
    await page.clock.fast_forward(600_000)
    assert len(sockets) == tried, "the page keeps reconnecting although you are logged out"

"""Display names: which ones are allowed, and where others see them."""

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model

from accounts.models import DisplayName
from chat_app import hub, messages, protocol
from chat_app.messages import Draft
from tests.conftest import log_in

PASSWORDS = {"password1": "a fine password", "password2": "a fine password"}
REFUSED = {
    "somebody else's username": "bob",
    "somebody else's username, with spaces": "B o b",
    "a lookalike of a username": "b0b",
    "somebody else's display name": "Zoe Lee",
    "a lookalike of a display name": "Zoé  Iee",
    "the page's name for the reader": "You",
    "the page's name for a deleted account": "Deleted Account",
    "a Cyrillic letter among Latin ones": "\u0430nn",
    "an invisible letter": "Ann\u200bLee",
    "a direction mark": "Ann\u202eLee",
    "a combining accent": "Zoe\u0308",
    "markup": "<b>Ann</b>",
    "a line break in the rest": "Ann\x85Lee\x00",
    "nothing but dots": "...",
    "digits alone": "007",
    "an emoji": "Ann 🎉",
    "51 characters": "a" * 51,
    "one letter that becomes 18": "\ufdfa" * 3,
}
ALLOWED = {
    "Ann Lee": "Ann Lee",
    "  Ann \t Lee ": "Ann Lee",
    "ANN": "ANN",
    "Ünal Öz": "Ünal Öz",
    "Seán O’Brien": "Seán O'Brien",
    "Мария Кюри": "Мария Кюри",
    "田中 さん": "田中 さん",
    "Jean-Luc 2.": "Jean-Luc 2.",
}


@pytest.fixture
def browser(ann):
    """Ann's browser, before she has a display name."""
    return log_in(ann)


@pytest.fixture
def zoe(bob):
    zoe = get_user_model().objects.create_user("zoe-1", password="a fine password")
    assert choose(log_in(zoe), "Zoe Lee").status_code == 302
    return zoe


def choose(browser, name):
    return browser.post("/accounts/", {"name": name})


@pytest.mark.parametrize("name", REFUSED.values(), ids=REFUSED.keys())
def test_a_misleading_display_name_is_refused(browser, ann, zoe, name):
    response = choose(browser, name)
    assert response.status_code == 200
    assert response.context["form"].errors.keys() == {"name"}
    ann.refresh_from_db()
    assert ann.first_name == "" and not DisplayName.objects.filter(user=ann).exists()


@pytest.mark.parametrize(("typed", "stored"), ALLOWED.items(), ids=str)
def test_a_clear_display_name_is_stored(browser, ann, zoe, typed, stored):
    assert choose(browser, typed).status_code == 302
    ann.refresh_from_db()
    assert ann.first_name == stored


def test_an_abandoned_name_is_free_again(browser, zoe):
    assert choose(log_in(zoe), "").status_code == 302
    zoe.refresh_from_db()
    assert zoe.first_name == ""
    assert choose(browser, "Zoe Lee").status_code == 302


def test_people_may_change_the_spelling_of_their_own_name(browser, ann):
    for name in ("Ann", "ann", "A n n"):
        assert choose(browser, name).status_code == 302
    ann.refresh_from_db()
    assert ann.first_name == "A n n"


def test_nobody_can_sign_up_under_someone_elses_display_name(client, zoe):
    response = client.post("/accounts/signup/", {"username": "zoeIee", **PASSWORDS})
    assert "looks like the name of somebody else" in response.text
    assert client.post("/accounts/signup/", {"username": "zoe", **PASSWORDS}).status_code == 302


def test_if_two_people_take_a_name_at_once_only_one_gets_it(browser, ann, zoe, monkeypatch):
    monkeypatch.setattr("accounts.names.is_taken", lambda plain, user: False)
    assert "Choose another one" in choose(browser, "zoe lee").text
    ann.refresh_from_db()
    assert ann.first_name == ""


def test_name_changes_are_rate_limited(browser, settings):
    settings.CHAT = {**settings.CHAT, "ACCOUNT_BURST": 2, "ACCOUNT_REQUESTS_PER_HOUR": 1}
    statuses = [choose(browser, name).status_code for name in ("A", "You", "You", "B", "C")]
    assert statuses == [302, 200, 200, 302, 429]


def store(author, room, text="hello"):
    client_id = f"12345678-1234-4234-8234-{room.head:012}"
    [message] = messages.store([Draft(room.pk, author, client_id, text)])
    room.refresh_from_db()
    return message


def test_the_page_and_its_history_show_the_name_and_keep_the_username(bob, zoe, room):
    store(zoe, room)
    store(bob, room)
    reader = log_in(bob)
    found, own = reader.get("/chat/lobby/messages/").json()["messages"]
    assert (found["author"], found["name"]) == ("zoe-1", "Zoe Lee")
    assert "name" not in own
    page = reader.get("/chat/lobby/").text
    assert '<bdi title="zoe-1">Zoe Lee</bdi>' in page
    assert "<bdi>You</bdi>" in log_in(zoe).get("/chat/lobby/").text


def test_a_display_name_adds_no_query_to_a_message(zoe, room, django_assert_num_queries):
    zoe.refresh_from_db()
    message = store(zoe, room)
    with django_assert_num_queries(0):
        assert '"name": "Zoe Lee"' in protocol.encode_message(message)


async def rename(user, name):
    response = await database_sync_to_async(lambda: choose(log_in(user), name))()
    assert response.status_code == 302


async def until_shown(watcher, name, is_here):
    """Wait until presence frames say that someone is here, or isn't."""
    while (await watcher.hear("presence"))["users"].get(name) is not is_here:
        pass


async def test_open_sockets_are_told_about_a_new_name_at_once(connect, ann, bob, room, layer):
    watcher = await connect(bob)
    author = await connect(ann)
    second_tab = await connect(ann)
    shown = {}
    while shown.get("ann") is not True:
        shown |= (await watcher.hear("presence"))["users"]
    await rename(ann, "Ann Lee")
    while shown.get("ann") is not False or shown.get("ann Ann Lee") is not True:
        shown |= (await watcher.hear("presence"))["users"]
    for tab in (author, second_tab):
        await tab.say("hello")
        [message] = (await watcher.hear("messages"))["messages"]
        assert (message["author"], message["name"]) == ("ann", "Ann Lee")
    await author.tell("typing")
    typing = await watcher.hear("typing")
    assert (typing["user"], typing["name"]) == ("ann", "Ann Lee")
    newcomer = await connect(bob)
    assert newcomer.welcome["here"] == ["ann Ann Lee", "bob"]


async def test_people_who_leave_under_a_new_name_are_gone(connect, ann, bob, room):
    watcher = await connect(bob)
    author = await connect(ann)
    await rename(ann, "Ann Lee")
    await until_shown(watcher, "ann Ann Lee", True)
    await author.disconnect()
    await until_shown(watcher, "ann Ann Lee", False)
    assert hub.hubs[room.pk].presence.names == ["bob"]


async def test_the_heartbeat_finds_an_unannounced_name(connect, ann, bob, room):
    watcher, author = await connect(bob), await connect(ann)
    await get_user_model().objects.filter(pk=ann.pk).aupdate(first_name="Ann Lee")
    await hub.hubs[room.pk].close_revoked_sockets()
    await author.say("hello")
    [message] = (await watcher.hear("messages"))["messages"]
    assert message["name"] == "Ann Lee"


async def test_a_new_username_waits_for_the_next_connection(connect, ann, bob, room):
    """Pages recognise their own messages by the username in the welcome."""
    author = await connect(ann)
    await get_user_model().objects.filter(pk=ann.pk).aupdate(username="anna", first_name="Ann")
    await hub.hubs[room.pk].close_revoked_sockets()
    await author.say("hello")
    [message] = (await author.hear("messages"))["messages"]
    assert message["author"] == "ann"
    assert (await connect(ann)).welcome["you"] == "anna"

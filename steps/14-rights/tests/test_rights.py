import re

import pytest
from browsing import *  # noqa: F403
from browsing import expect, says_that_it_is_connected
from channels.db import database_sync_to_async
from conftest import frame_with, make_room
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from test_delivery import in_time, is_acknowledged, next_of, write
from test_presence import change_settings
from test_rooms import add_member, user_called


@pytest.fixture
def club(room, cookies, eve):
    """The name of a private room of Ann that Eve is a member of."""
    name = make_room(f"club-{room}", private=True, owner=user_called("Ann"))
    for member in ("Ann", eve):
        add_member(name, member)
    return name


def browser_of(cookies, name):
    browser = Client()
    browser.cookies.load(cookies[name])
    return browser


@database_sync_to_async
def log_out(browser):
    response = browser.post("/accounts/logout/")
    assert response.status_code == 302, f"logging out answered {response.status_code}"


@database_sync_to_async
def change(name, **fields):
    """Change an account as its form or the admin would."""
    user = user_called(name)
    for field, value in fields.items():
        setattr(user, field, value)
    user.save()


@database_sync_to_async
def delete(model, **fields):
    apps.get_model("chat_app", model).objects.get(**fields).delete()


@database_sync_to_async
def delete_unnoticed(rows):
    """Delete rows without sending a signal, as if the event that it leads to had been lost."""
    rows._raw_delete(rows.db)


@database_sync_to_async
def texts_in(room):
    rows = apps.get_model("chat_app", "Message").objects.filter(room__name=room)
    return list(rows.values_list("text", flat=True))


def memberships_of(room, name):
    memberships = apps.get_model("chat_app", "Membership").objects
    return memberships.filter(room__name=room, user__username=name)


async def ends(visitor, why):
    """Return the code that a socket is closed with. Skip everything that is sent before."""
    complaint = f"{why}, and the socket stays open"

    async def skip_frames():
        while True:
            event = await visitor.next_event(complaint)
            if event["type"] == "websocket.close":
                return event.get("code", 1000)

    return await in_time(skip_frames(), complaint)


async def speaks(visitor):
    """Check that a socket is open, because a message that it sends is acknowledged."""
    frame = frame_with("still here")
    await visitor.send_json_to(frame)
    await is_acknowledged(visitor, frame["client_id"])


async def test_logging_out_closes_the_sockets_of_this_session(enter, room, cookies, eve):
    phone, laptop = f"{eve} on her phone", eve
    other = await database_sync_to_async(Client)()
    await database_sync_to_async(other.force_login)(await database_sync_to_async(user_called)(eve))
    cookies[phone] = {key: morsel.value for key, morsel in other.cookies.items()}
    sockets = [await enter(room, name=name) for name in (phone, laptop, laptop)]
    for socket in sockets:
        await speaks(socket)
    await log_out(browser_of(cookies, laptop))
    for tab in sockets[1:]:
        code = await ends(tab, "Eve has logged out")
        assert code == 4401, f"Eve has logged out, and a tab's socket was closed with {code}"
    await speaks(sockets[0])


@pytest.mark.parametrize(
    "fields", [{"password": "another"}, {"is_active": False}], ids=["a new password", "inactive"]
)
async def test_a_changed_account_closes_its_sockets_and_no_others(enter, room, eve, fields):
    ann, socket = await enter(room), await enter(room, name=eve)
    await speaks(socket)
    await change(eve, **fields)
    code = await ends(socket, f"Eve's account has changed: {fields}")
    assert code == 4401, f"Eve's account has changed, and her socket was closed with {code}"
    await speaks(ann)


async def test_a_deleted_account_closes_its_sockets(enter, room, eve):
    socket = await enter(room, name=eve)
    await speaks(socket)
    await delete("User", username=eve)
    code = await ends(socket, "Eve's account is deleted")
    assert code == 4401, f"Eve's account is deleted, and her socket was closed with {code}"


async def test_removing_a_member_closes_their_sockets(enter, cookies, club, eve):
    ann, socket = await enter(club), await enter(club, name=eve)
    await speaks(socket)
    browser, path = browser_of(cookies, "Ann"), f"/chat/{club}/members/"
    response = await database_sync_to_async(browser.post)(path, {"remove": eve})
    assert response.status_code == 302, f"removing a member answered {response.status_code}"
    code = await ends(socket, "Ann has removed Eve")
    assert code == 4403, f"Ann has removed Eve, whose socket was closed with {code}"
    await speaks(ann)


async def test_deleting_a_room_closes_its_sockets(enter, room, eve):
    socket = await enter(room, name=eve)
    await speaks(socket)
    await delete("Room", name=room)
    code = await ends(socket, "the room is deleted")
    assert code == 4403, f"the room is deleted, and a socket was closed with {code}"


async def test_a_lost_event_is_made_up_for_by_the_heartbeat(enter, settings, cookies, club, eve):
    change_settings(settings, BEAT_SECONDS=0.2)
    first, second = await enter(club, name=eve), await enter(club, name="Ann")
    await delete_unnoticed(memberships_of(club, eve))
    assert await ends(first, "Eve is no longer a member") == 4403
    key = browser_of(cookies, "Ann").session.session_key
    copy = await database_sync_to_async(Session.objects.get)(session_key=key)
    await delete_unnoticed(Session.objects.filter(session_key=key))
    try:
        assert await ends(second, "Ann's session is gone") == 4401
    finally:
        await database_sync_to_async(copy.save)()  # which other tests need


async def test_somebody_who_was_removed_neither_writes_nor_reads(enter, club, eve):
    ann, socket = await enter(club), await enter(club, name=eve)
    await speaks(ann)
    await speaks(socket)
    await delete_unnoticed(memberships_of(club, eve))
    for frame in (frame_with("let me in"), {"type": "sync", "after": 0}):
        await socket.send_json_to(frame)
        answer = await next_of(socket, "ack" if "client_id" in frame else "synced")
        assert answer["type"] == "error", f"Eve was removed and got {answer}"
        assert answer.get("ref") == frame.get("client_id"), f"Eve sent {frame} and got {answer}"
    assert await texts_in(club) == ["still here"] * 2, "Eve was removed, but has written something"


def test_only_the_owner_removes_members(client_of, club, eve):
    ann, bob = client_of("Ann"), client_of("Bob")
    add_member(club, "Bob")
    path = f"/chat/{club}/members/"
    assert "Remove" in ann.get(path).text, "the members page has no Remove button"
    assert bob.post(path, {"remove": eve}).status_code == 404, (
        "Bob, who does not own the room, can remove a member"
    )
    assert memberships_of(club, eve).exists(), "Bob has removed a member of Ann's room"
    ann.post(path, {"remove": "Ann"})
    assert memberships_of(club, "Ann").exists(), (
        "the owner can remove herself, which leaves the room empty"
    )
    ann.post(path, {"remove": eve})
    assert not memberships_of(club, eve).exists(), "Ann cannot remove a member of her room"


@pytest.mark.asyncio(loop_scope="session")
async def test_logging_out_in_one_tab_closes_the_others(open_page, site, room, eve):
    page = await open_page(eve)
    await page.goto(f"{site}/chat/{room}/")
    await says_that_it_is_connected(page)
    await write(page, "for our eyes only")
    await expect(page.get_by_text("for our eyes only"), "Enter does not send").to_be_visible()
    other = await page.context.new_page()
    await other.goto(f"{site}/")
    await other.get_by_role("button", name="Log out").click()
    status = page.get_by_role("status").filter(has_text=re.compile("log(ged)? (out|in)", re.I))
    await expect(status, "the other tab does not say that you are logged out").to_be_visible()
    secret = page.get_by_text("for our eyes only")
    await expect(secret, "the next person at the computer can read the messages").to_have_count(0)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_of_somebody_who_is_removed_says_so(open_page, site, club, eve):
    page, ann = await open_page(eve), await open_page("Ann")
    await page.goto(f"{site}/chat/{club}/")
    await says_that_it_is_connected(page)
    await ann.goto(f"{site}/chat/{club}/members/")
    member = ann.get_by_role("listitem").filter(has_text=eve)
    await member.get_by_role("button", name="Remove").click()
    status = page.get_by_role("status").filter(has_text=re.compile("open|member", re.IGNORECASE))
    complaint = "the page does not tell a removed member that they were removed"
    await expect(status, complaint).to_be_visible()

import re

import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect, says_that_it_is_connected
from channels.db import database_sync_to_async
from conftest import make_room
from django.apps import apps
from django.test import Client


@pytest.fixture
def private_room(room, cookies):
    """The name of a private room that Ann has created."""
    name = f"private-{room}"
    make_room(name, private=True, owner=user_called("Ann"))
    add_member(name, "Ann")
    return name


def user_called(name):
    return apps.get_model("chat_app", "User").objects.get(username=name)


def add_member(room, name):
    room = apps.get_model("chat_app", "Room").objects.get(name=room)
    apps.get_model("chat_app", "Membership").objects.create(room=room, user=user_called(name))


def remove_member(room, name):
    memberships = apps.get_model("chat_app", "Membership").objects
    memberships.filter(room__name=room, user__username=name).delete()


def make_room_by_form(client, name, **more):
    """Create a room as a person would, and return the path of its page."""
    response = client.post("/", {"name": name, **more})
    says = f"the form on the first page answered {response.status_code} to a new room"
    assert response.status_code == 302, f"{says} and does not redirect"
    return response["Location"]


def status_of(client, path):
    return client.get(path).status_code


def lists(client, path):
    return f'href="{path}"' in client.get("/").text


def test_the_first_page_lists_the_rooms(client_of):
    path = make_room_by_form(client_of("Ann"), "garden")
    assert path == "/chat/garden/", f"creating the room garden leads to {path}"
    assert status_of(client_of("Bob"), path) == 200, "Bob cannot open Ann's public room"
    assert lists(client_of("Bob"), path), "Bob's first page does not list Ann's public room"


def test_a_room_that_nobody_has_made_has_no_page(client):
    status = status_of(client, "/chat/nowhere/")
    assert status == 404, f"the page of a room that does not exist answered {status}, not 404"


def test_a_name_belongs_to_one_room(client):
    make_room_by_form(client, "kitchen")
    response = client.post("/", {"name": "kitchen"})
    assert response.status_code == 200, (
        f"the form answered {response.status_code} to a name that is taken"
    )
    assert "errorlist" in response.text, "the first page does not say that a name is taken"


def test_a_private_room_is_open_to_whoever_made_it(client_of):
    ann = client_of("Ann")
    path = make_room_by_form(ann, "diary", private="on")
    assert status_of(ann, path) == 200, "Ann cannot open her own private room"
    assert lists(ann, path), "Ann's first page does not list her private room"


def test_a_private_room_looks_to_others_as_if_there_were_none(client_of):
    bob = client_of("Bob")
    path = make_room_by_form(client_of("Ann"), "diary", private="on")
    status, nowhere = status_of(bob, path), status_of(bob, "/chat/nowhere/")
    says = f"the page of a private room answered {status} to Bob, who is not a member"
    assert status == nowhere == 404, f"{says}; without such a room, it answered {nowhere}"
    assert not lists(bob, path), "Bob's first page lists Ann's private room"


def test_the_owner_lets_somebody_in(client_of):
    ann, bob = client_of("Ann"), client_of("Bob")
    path = make_room_by_form(ann, "club", private="on")
    response = ann.post(f"{path}members/", {"username": "Bob"})
    assert response.status_code == 302, f"the page {path}members/ answered {response.status_code}"
    assert "Bob" in ann.get(f"{path}members/").text, "the members page does not show Bob"
    assert status_of(bob, path) == 200, "Bob cannot open a room that Ann has added him to"
    assert lists(bob, path), "Bob's first page does not list a room he is a member of"


def test_nobody_but_the_owner_lets_people_in(client_of):
    ann, bob, cem = client_of("Ann"), client_of("Bob"), client_of("Cem")
    path = make_room_by_form(ann, "club", private="on")
    ann.post(f"{path}members/", {"username": "Bob"})
    assert bob.post(f"{path}members/", {"username": "Cem"}).status_code == 404, (
        "Bob, who does not own the room, can open its members page"
    )
    assert status_of(cem, path) == 404, "Bob has added Cem to a room that Ann owns"


def test_a_stranger_does_not_see_the_members(client_of):
    path = make_room_by_form(client_of("Ann"), "club", private="on")
    status = status_of(Client(), f"{path}members/")
    assert status in (302, 404), f"the members page answered {status} to a stranger"


async def test_members_hear_each_other_in_a_private_room(enter, private_room):
    await database_sync_to_async(add_member)(private_room, "Bob")
    ann, bob = await enter(private_room), await enter(private_room)
    await ann.say("for members")
    await ann.hears("for members")
    await bob.hears("for members")


async def test_the_socket_of_somebody_who_is_no_member_is_closed(visit, private_room):
    bob = visit(private_room, name="Bob")
    assert await bob.try_to_connect(), (
        "Bob's socket was refused before accept(), so the page sees 1006"
    )
    code = await bob.is_closed()
    assert code == 4403, f"Bob is not a member, but his socket was closed with {code}, not 4403"
    await bob.leave()


async def test_the_socket_of_a_room_that_nobody_has_made_is_closed_alike(visit, room):
    bob = visit(f"{room}-nowhere", name="Bob")
    assert await bob.try_to_connect(), (
        "Bob's socket was refused before accept(), so the page sees 1006"
    )
    code = await bob.is_closed()
    assert code == 4403, f"the socket to a room that does not exist was closed with {code}"
    await bob.leave()


async def test_somebody_who_is_no_member_hears_and_says_nothing(enter, visit, private_room):
    ann, bob = await enter(private_room), visit(private_room, name="Bob")
    await bob.try_to_connect()
    await bob.say("let me in")
    assert await bob.is_closed() == 4403, "Bob is not a member, but his socket stays open"
    await bob.leave()
    await ann.say("for members")
    await ann.hears("for members")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_says_that_a_room_is_not_open_any_more(open_page, site, private_room):
    page, sockets = await open_page("Ann"), []

    async def stand_between(socket):
        sockets.append(socket)
        socket.connect_to_server()

    await page.route_web_socket("**/ws/**", stand_between)
    await page.clock.install()
    await page.goto(f"{site}/chat/{private_room}/")
    await says_that_it_is_connected(page)
    await database_sync_to_async(remove_member)(private_room, "Ann")
    await sockets[-1].close()
    await expect(connected_on(page), "the page does not say that it is offline").to_have_count(0)
    await page.clock.fast_forward(60_000)
    status = page.get_by_role("status").filter(has_text=re.compile("open|member", re.IGNORECASE))
    complaint = "the page does not say that the room is not open to you when the code is 4403"
    await expect(status, complaint).to_be_visible()
    tried = len(sockets)  # more than twice if a close code was lost on its way
    await page.clock.fast_forward(600_000)
    assert len(sockets) == tried, "the page keeps reconnecting although the room is not open"

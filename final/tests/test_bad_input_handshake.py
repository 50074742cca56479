"""Bad input in the handshake: rows 1 to 15 of the table, on daphne and uvicorn."""

import asyncio
import json
import os

import pytest
import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests import patience

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("oracle")]


# Autobahn, daphne's WebSocket library, answers an unreadable origin with 400.
REFUSED = (400, 403)


async def status_of(connecting):
    with pytest.raises(InvalidStatus) as refused:
        async with connecting:
            pass
    return refused.value.response.status_code


async def close_code(connecting):
    async with connecting as socket:
        with pytest.raises(ConnectionClosed):
            while True:
                await asyncio.wait_for(socket.recv(), patience.SECONDS)
        return socket.close_code


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://[",
        "http://localhost:99999",
        "http://127.0.0.1.evil.example",
    ],
)
async def test_pages_of_other_sites_are_refused(server, origin):
    user = server.user()
    assert await status_of(user.connect(origin=origin)) in REFUSED


async def test_a_missing_origin_is_refused(server):
    user = server.user()
    url = f"ws://{server.address}/ws/chat/{user.room}/"
    connecting = websockets.connect(url, additional_headers=user.headers())
    assert await status_of(connecting) == 403


def handshake(user, *lines, path=None, host=None):
    path = path or f"/ws/chat/{user.room}/"
    host = host or user.server.address
    head = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        f"Origin: http://{host}",
        f"Cookie: {user.headers()['Cookie']}",
        *lines,
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1")


UPGRADE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


def status(line):
    return int(line.split()[1]) if line else None


async def raw(server, request):
    return status(await asyncio.to_thread(server.raw, request))


async def test_an_unknown_host_is_refused(server):
    user = server.user()
    assert user.http.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert await raw(server, handshake(user, *UPGRADE, host="evil.example")) == 403


@pytest.mark.parametrize("cookie", [{}, {"Cookie": "sessionid=forged"}, {"Cookie": "sessionid="}])
async def test_the_close_code_says_that_a_login_is_needed(server, cookie):
    assert await close_code(server.user().connect(headers=cookie)) == 4401


async def test_an_ended_session_is_refused(server):
    user = server.user()
    cookie = user.headers()
    user.post("/accounts/logout/", {})
    assert await close_code(user.connect(headers=cookie)) == 4401


async def test_a_url_without_a_socket_is_refused(server):
    user = server.user()
    assert await raw(server, handshake(user, *UPGRADE, path="/ws/nope/")) in (400, 403, 404)


async def test_a_subprotocol_that_is_not_ascii_is_refused_or_ignored(server):
    if server.kind == "daphne":
        pytest.skip("daphne 4.2 can't parse it, and answers 500 before the app sees it")
    lines = (*UPGRADE, "Sec-WebSocket-Protocol: caf\xe9")
    assert await raw(server, handshake(server.user(), *lines)) in (400, 403, 101)


async def test_a_header_with_a_vertical_tab_is_refused(server):
    lines = (*UPGRADE, "X-Strange: a\x0bb")
    assert await raw(server, handshake(server.user(), *lines)) == 400


async def test_a_socket_url_without_an_upgrade_is_not_found(server):
    assert server.user().http.get("/ws/chat/lobby/").status_code in (400, 404, 426)


async def test_a_sixth_socket_displaces_the_longest_silent_one(server):
    user = server.user()
    first, *others = [await user.connect() for _ in range(6)]
    with pytest.raises(ConnectionClosed):
        while True:
            await asyncio.wait_for(first.recv(), patience.SECONDS)
    assert first.close_code == 4409
    for socket in others:
        await socket.send('{"type":"sync","after":0}')
        while (
            json.loads(await asyncio.wait_for(socket.recv(), patience.SECONDS))["type"] != "synced"
        ):
            pass
        await socket.close()


@pytest.mark.parametrize("name", ["%0A", "..%2f", "x" * 81, "%C3%BC", "caf%C3%A9", "a%20b"])
async def test_an_invalid_room_name_is_refused(server, name):
    user = server.user()
    assert user.http.get(f"/chat/{name}/").status_code == 404
    assert await status_of(user.connect(name)) in (403, 404)


async def test_to_non_members_a_private_room_looks_like_a_missing_one(server):
    owner, stranger = server.user(), server.user()
    name = f"private-{os.urandom(4).hex()}"
    owner.post("/", {"name": name, "private": "on"})
    for room in (name, f"{name}-not"):
        assert stranger.http.get(f"/chat/{room}/").status_code == 404
        assert stranger.http.get(f"/chat/{room}/messages/").status_code == 404
        assert await close_code(stranger.connect(room)) == 4403

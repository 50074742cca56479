from channels.db import database_sync_to_async
from test_rights import browser_of, change, speaks


async def test_staff_see_how_many_sockets_each_room_has(enter, cookies, room, eve):
    await change(eve, is_staff=True)
    sockets = [await enter(room, name=name) for name in ("Ann", "Bob", "Ann")]
    for socket in sockets:
        await speaks(socket)
    get = database_sync_to_async(browser_of(cookies, eve).get)
    assert (await get("/hubs/")).json().get(room) == 3
    for socket in sockets:
        await socket.leave()
    assert room not in (await get("/hubs/")).json()


def test_nobody_else_sees_it(client_of):
    assert client_of("Bob").get("/hubs/").status_code == 302

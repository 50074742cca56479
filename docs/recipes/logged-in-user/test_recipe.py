from conftest import hears, in_thread


async def test_the_consumer_knows_who_is_logged_in(server):
    ann = {"Cookie": await in_thread(server.user, "ann")}
    async with server.connect("/ws/me/", additional_headers=ann) as websocket:
        assert await hears(websocket) == {"name": "ann"}


async def test_a_visitor_gets_a_close_code_that_the_page_can_read(server):
    async with server.connect("/ws/me/") as websocket:
        await websocket.wait_closed()
        assert websocket.close_code == 4401

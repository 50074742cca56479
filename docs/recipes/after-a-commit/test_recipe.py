from conftest import hears, in_thread

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_the_event_comes_after_the_commit_and_not_after_a_rollback(server):
    async with server.connect("/ws/orders/") as websocket:
        status, _ = await in_thread(server.post, "/orders/", b"product=tea&payment=refused", FORM)
        assert status == 402
        status, _ = await in_thread(server.post, "/orders/", b"product=coffee", FORM)
        assert status == 201
        assert await hears(websocket) == {"product": "coffee"}

from conftest import hears


async def test_the_newest_version_that_both_know_is_used(server):
    offer = ["prices.v1", "prices.v2", "prices.v3"]
    async with server.connect("/ws/prices/", subprotocols=offer) as websocket:
        assert websocket.subprotocol == "prices.v2"
        assert await hears(websocket) == {"amount": "9.90", "currency": "EUR"}


async def test_an_older_client_gets_the_older_version(server):
    async with server.connect("/ws/prices/", subprotocols=["prices.v1"]) as websocket:
        assert websocket.subprotocol == "prices.v1"
        assert await hears(websocket) == {"price": "9.90"}


async def test_a_client_without_a_common_version_is_refused(server):
    async with server.connect("/ws/prices/", subprotocols=["prices.v9"]) as websocket:
        await websocket.wait_closed()
        assert websocket.close_code == 4406

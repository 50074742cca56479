from conftest import hears, in_thread


async def test_a_command_reaches_the_sockets_of_the_server(server):
    async with server.connect("/ws/status/") as websocket:
        printed = await in_thread(server.manage, "announce", "Back at noon")
        assert printed == "Announced: Back at noon\n"
        assert await hears(websocket) == {"status": "Back at noon"}

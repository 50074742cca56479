import pytest
from conftest import hears, in_thread

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("path", ["/publish/", "/publish-async/"])
async def test_a_view_reaches_every_open_socket(server, path):
    async with server.connect("/ws/news/") as first, server.connect("/ws/news/") as second:
        await in_thread(server.post, path, b"headline=It+works", FORM)
        assert await hears(first) == {"headline": "It works"}
        assert await hears(second) == {"headline": "It works"}

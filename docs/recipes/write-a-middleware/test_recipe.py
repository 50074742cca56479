import pytest
from conftest import hears


@pytest.mark.parametrize(
    "cookie, greeting",
    [
        ("language=de", "Hallo"),
        ("a=1; language=tr", "Merhaba"),
        ("language=x", "Hello"),
        ("", "Hello"),
    ],
)
async def test_the_middleware_reads_the_cookie(server, cookie, greeting):
    async with server.connect("/ws/greet/", additional_headers={"Cookie": cookie}) as websocket:
        assert await hears(websocket) == {"greeting": greeting}

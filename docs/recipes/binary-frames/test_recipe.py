import hashlib

from conftest import hears

CHUNK = bytes(range(256)) * 256  # 64 KiB


async def test_a_file_arrives_in_pieces(server):
    async with server.connect("/ws/upload/") as websocket:
        for number in (1, 2, 3):
            await websocket.send(CHUNK)
            assert await hears(websocket) == {"received": number * len(CHUNK)}
        await websocket.send("done")
        digest = hashlib.sha256(CHUNK * 3).hexdigest()
        assert await hears(websocket) == {"size": 3 * len(CHUNK), "sha256": digest}


async def test_a_file_that_is_too_large_ends_the_upload(server):
    async with server.connect("/ws/upload/") as websocket:
        for _ in range(16):
            await websocket.send(CHUNK)
            await hears(websocket)
        await websocket.send(CHUNK)
        await websocket.wait_closed()
        assert websocket.close_code == 4413

import json

from conftest import hears


async def test_a_worker_does_the_job_and_answers_the_socket(server):
    with server.running("django", "runworker", "thumbnails"):
        async with server.connect("/ws/thumbnails/") as websocket:
            await websocket.send(json.dumps({"name": "cat.png"}))
            assert await hears(websocket) == {"thumbnail": "small-cat.png"}

import json

from conftest import hears, in_thread


async def test_a_worker_of_celery_answers_on_the_socket_that_asked(server):
    ann = await in_thread(server.user, "ann")
    with server.running("celery", "-A", "celery_app", "worker", "--pool", "solo"):
        async with server.connect("/ws/reports/", additional_headers={"Cookie": ann}) as websocket:
            await websocket.send(json.dumps({"year": 2026}))
            assert await hears(websocket) == {"year": 2026, "file": "report-2026.csv"}


async def test_a_visitor_without_an_account_is_refused(server):
    async with server.connect("/ws/reports/") as websocket:
        await websocket.wait_closed()
        assert websocket.close_code == 4401

from asgi import application
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.test import Client, TransactionTestCase


class EchoTests(TransactionTestCase):
    async def test_a_visitor_is_answered(self):
        socket = WebsocketCommunicator(application, "/ws/echo/", headers=HEADERS)
        accepted, _ = await socket.connect()
        self.assertTrue(accepted)
        await socket.send_json_to({"text": "Hello"})
        answer = await socket.receive_json_from()
        self.assertEqual(answer, {"echo": {"text": "Hello"}, "user": ""})
        await socket.disconnect()

    async def test_the_session_of_a_user_is_read(self):
        ann = await get_user_model().objects.acreate_user("ann")
        client = Client()
        await client.aforce_login(ann)
        cookie = f"sessionid={client.cookies['sessionid'].value}".encode()
        headers = [*HEADERS, (b"cookie", cookie)]
        socket = WebsocketCommunicator(application, "/ws/echo/", headers=headers)
        await socket.connect()
        await socket.send_json_to(1)
        self.assertEqual(await socket.receive_json_from(), {"echo": 1, "user": "ann"})
        await socket.disconnect()

    async def test_another_sites_page_is_refused(self):
        headers = [(b"origin", b"https://elsewhere.example")]
        socket = WebsocketCommunicator(application, "/ws/echo/", headers=headers)
        accepted, _ = await socket.connect()
        self.assertFalse(accepted)


HEADERS = [(b"origin", b"http://localhost")]

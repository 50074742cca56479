from chat_project.asgi import application


async def test_every_text_is_sent_back_until_the_client_leaves():
    received = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "one"},
        {"type": "websocket.receive", "text": "two"},
        {"type": "websocket.disconnect", "code": 1000},
    ]
    sent = []

    async def receive():
        return received.pop(0)

    async def send(event):
        sent.append(event)

    scope = {"type": "websocket", "path": "/ws/anywhere/", "headers": []}
    await application(scope, receive, send)
    assert received == []
    assert sent[0]["type"] == "websocket.accept"
    assert [event["text"] for event in sent[1:]] == ["one", "two"]

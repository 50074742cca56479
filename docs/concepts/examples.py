"""The smallest ASGI applications that show something. A test runs each of them."""

import asyncio


async def hello(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": f"You asked for {scope['path']}"})
    await send({"type": "websocket.close"})


async def countdown(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for number in (3, 2, 1):
        body = f"{number}\n".encode()
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(0)
    await send({"type": "http.response.body", "body": b"go\n"})

"""The Starlette rival: a list of connections in the process, as most people write it."""

from collections import defaultdict

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect

rooms = defaultdict(list)


async def chat(websocket):
    members = rooms[websocket.path_params["room_name"]]
    await websocket.accept()
    members.append(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for member in list(members):
                await member.send_text(text)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        members.remove(websocket)


application = Starlette(routes=[WebSocketRoute("/ws/chat/{room_name}/", chat)])

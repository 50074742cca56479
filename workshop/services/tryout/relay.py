"""Relay one client of the try-out page to the project's server, and report both directions."""

import asyncio
import contextlib
import json

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from workshop.services.tryout import accounts

PATIENCE = 10  # seconds for the server to answer a handshake
NO_CODE = 1005


class Relay:
    """One client, either Ann's or Bob's. It has its own socket, Origin and cookies.

    The page sends commands such as {"do": "connect", "path": "/ws/…", "origin": "…"}, and gets
    events such as {"event": "received", "text": "…"}.
    """

    def __init__(self, page: ServerConnection, target: str):
        self.page = page
        self.target = target
        self.socket: ClientConnection | None = None
        self.reader: asyncio.Task | None = None

    async def run(self) -> None:
        """Carry out the page's commands until the page is closed."""
        has_accounts = await asyncio.to_thread(accounts.are_there, self.target)
        await self.tell("ready", origin=f"http://{self.target}", accounts=has_accounts)
        try:
            async for order in self.page:
                await self.carry_out(json.loads(order))
        finally:
            await self.close(1001)

    async def carry_out(self, order: dict) -> None:
        match order["do"]:
            case "connect":
                await self.connect(order["path"], order["origin"], order["cookie"])
            case "log in":
                await self.log_in(accounts.LOG_IN, order["name"], order["password"])
            case "sign up":
                await self.log_in(accounts.SIGN_UP, order["name"], order["password"])
            case "send":
                await self.send(order["text"])
            case "close":
                await self.close(order["code"])

    async def connect(self, path: str, origin: str, cookie: str) -> None:
        await self.close(1000)
        headers = {"Cookie": cookie} if cookie else {}
        url = f"ws://{self.target}/{path.lstrip('/')}"
        try:
            self.socket = await connect(
                url,
                origin=origin or None,
                additional_headers=headers,
                open_timeout=PATIENCE,
                proxy=None,
            )
        except InvalidStatus as refused:
            await self.tell("refused", text=f"HTTP {refused.response.status_code}")
        except (OSError, WebSocketException, ValueError) as error:
            await self.tell("refused", text=str(error))
        else:
            await self.tell("open", text=url)
            self.reader = asyncio.create_task(self.read(self.socket))

    async def log_in(self, path: str, name: str, password: str) -> None:
        words = (self.target, path, name, password)
        try:
            cookie = await asyncio.to_thread(accounts.log_in, *words)
        except accounts.NotLoggedIn as error:
            await self.tell("not logged in", text=str(error))
        else:
            await self.tell("logged in", text=name, cookie=cookie)

    async def send(self, text: str) -> None:
        if not self.socket:
            return
        with contextlib.suppress(ConnectionClosed):  # the reader tells
            await self.socket.send(text)
            await self.tell("sent", text=text)

    async def read(self, socket: ClientConnection) -> None:
        """Report each frame that arrives, and finally how the socket was closed."""
        with contextlib.suppress(ConnectionClosed):  # with a code other than 1000 and 1001
            async for frame in socket:
                text = frame if isinstance(frame, str) else f"{len(frame)} bytes"
                await self.tell("received", text=text)
        self.socket = None
        await self.tell("closed", code=socket.close_code or NO_CODE, text=socket.close_reason or "")

    async def close(self, code: int) -> None:
        if self.socket:
            socket = self.socket
            await socket.close(code)
            await self.reader

    async def tell(self, event: str, **more: object) -> None:
        with contextlib.suppress(ConnectionClosed):
            await self.page.send(json.dumps({"event": event, **more}))

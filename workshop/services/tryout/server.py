"""Serve the try-out page and its relay on a separate port, next to the project's server."""

import asyncio
import contextlib
import http
import threading
from collections.abc import Iterator
from pathlib import Path

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from workshop.base.project_files import files
from workshop.services.tryout.relay import Relay

FOLDER = Path(__file__).parent
PAGES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'"


def has_sockets(folder: Path) -> bool:
    """Return whether the project in `folder` routes WebSockets to consumers."""
    sources = (path for inside, path in files(folder).items() if inside.endswith(".py"))
    return any(b"as_asgi" in path.read_bytes() for path in sources)


@contextlib.contextmanager
def serving(target: str) -> Iterator[str]:
    """Serve the page for the project at `target`, "host:port", and yield the page's URL.

    It only listens on this machine, in a thread, and stops when the block ends.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_listen(target), loop).result()
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(target: str) -> Server:
    async def relay(page: ServerConnection) -> None:
        if page.request.headers.get("Origin") == f"http://{page.request.headers['Host']}":
            await Relay(page, target).run()

    return await serve(relay, "127.0.0.1", 0, process_request=_answer)


async def _end(server: Server) -> None:
    server.close()
    await server.wait_closed()


def _answer(connection: ServerConnection, request: Request) -> Response | None:
    """Respond to a request for a page, or return None for the relay's WebSocket."""
    host = request.headers.get("Host", "")
    if host.partition(":")[0] not in ("127.0.0.1", "localhost"):
        return connection.respond(http.HTTPStatus.FORBIDDEN, "This page is for this machine only.")
    if request.path == "/relay":
        return None
    if request.path not in PAGES:
        return connection.respond(http.HTTPStatus.NOT_FOUND, "Page not found.")
    name, kind = PAGES[request.path]
    body = (FOLDER / name).read_bytes()
    headers = Headers()
    headers["Content-Type"] = kind
    headers["Content-Length"] = str(len(body))
    headers["Content-Security-Policy"] = POLICY
    headers["Cache-Control"] = "no-store"
    return Response(200, "OK", headers, body)

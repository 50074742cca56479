"""Serve a folder of files to a browser on this machine."""

import contextlib
import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from workshop.services import network

HOST = "127.0.0.1"


class Quiet(SimpleHTTPRequestHandler):
    """Serves the MIME types that browsers require, whatever the system's registry contains."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".json": "application/json",
    }

    def log_message(self, *words: object) -> None:
        """Print nothing, because a page makes about a hundred requests."""


@contextlib.contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[str]:
    """Yield the URL at which `folder` is served on this machine, until the block ends.

    Raises WorkshopError if `port` is taken.
    """
    port = network.free_port(HOST, port)
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer((HOST, port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{port}/"
        finally:
            server.shutdown()
            thread.join()

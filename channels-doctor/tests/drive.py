"""Make a project fail: connect one visitor to its ASGI application, and report the outcome.

Runs as a probe does, inside the project. `collect` returns the last words of the error that ended a
consumer, what was sent to the visitor, and the warnings.
"""

import asyncio
import gc
import importlib
import os
import traceback
import warnings


def collect(request):
    if request.get("settings_first"):
        os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
        import django

        django.setup()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            sent = asyncio.run(visit(request))
            words = ""
        except BaseException as error:
            sent = []
            words = "".join(traceback.format_exception_only(error)).strip()
        gc.collect()
    told = [f"{warning.category.__name__}: {warning.message}" for warning in seen]
    return {"words": words.replace("\n", " "), "sent": sent, "warnings": told}


async def visit(request):
    if request.get("run"):
        return await call(request["run"])
    path, _, name = request["application"].rpartition(".")
    application = getattr(importlib.import_module(path), name)
    inbox, sent, opened = asyncio.Queue(), [], asyncio.Event()
    heard = asyncio.Event()

    async def send(message):
        sent.append(message)
        if message["type"] in ("websocket.accept", "websocket.close"):
            opened.set()
        if message["type"] == request.get("until"):
            heard.set()

    scope = {
        "type": "websocket",
        "path": request.get("path", "/ws/chat/lobby/"),
        "raw_path": b"",
        "query_string": b"",
        "headers": [(b"origin", request.get("origin", "http://localhost").encode())],
        "subprotocols": [],
        "client": ["127.0.0.1", 1],
        "server": ["127.0.0.1", 2],
        "state": {},
    }
    if request.get("http"):
        scope |= {"type": "http", "method": "GET", "path": "/chat/lobby/"}
        inbox.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    else:
        inbox.put_nowait({"type": "websocket.connect"})
    task = asyncio.create_task(application(scope, inbox.get, send))
    first = asyncio.create_task(opened.wait())
    patience = request.get("patience", 3)
    await asyncio.wait([task, first], timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    for frame in request.get("frames", []):
        inbox.put_nowait({"type": "websocket.receive", **frame})
    if request.get("binary"):
        inbox.put_nowait({"type": "websocket.receive", "bytes": b"x", "text": None})
    if request.get("until"):
        last = asyncio.create_task(heard.wait())
        await asyncio.wait([task, last], timeout=5, return_when=asyncio.FIRST_COMPLETED)
        last.cancel()
    if request.get("leave"):
        inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait([task], timeout=request.get("wait", patience if opened.is_set() else 0))
    first.cancel()
    if not task.done():
        task.cancel()
        await asyncio.wait([task])
        return [message["type"] for message in sent]
    task.result()
    return [message["type"] for message in sent]


async def call(path):
    """Call the function at `path`, in a thread as a view is called."""
    from asgiref.sync import sync_to_async

    module, _, name = path.rpartition(".")
    result = await sync_to_async(getattr(importlib.import_module(module), name))()
    return [repr(result)]

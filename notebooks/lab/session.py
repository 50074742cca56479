"""What exists as long as the kernel: the importable checkpoint, a folder, a Redis."""

import atexit
import contextlib
import functools
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STACK = contextlib.ExitStack()
IN_BROWSER = sys.platform == "emscripten"  # Python is Pyodide: no processes, no Redis
LEFT_OUT = "Left out: there is no Redis here. The first cell says what to install."

atexit.register(STACK.close)
sys.path.append(str(ROOT))


def start(checkpoint: str = "", redis: bool = False) -> None:
    """Make the code of `checkpoint` importable and, with `redis`, have one; say what was done.

    Django is set up with the checkpoint's own settings, but with a database in a folder that goes
    when the kernel ends. Calling it again changes nothing.
    """
    url = redis_url() if redis else None
    if redis:
        print(f"Redis answers at {url}" if url else _how_to_get_redis())
    if checkpoint:
        _import_from(checkpoint)
        print(f"chat_app and chat_project now mean steps/{checkpoint}")


async def on_redis(lesson: Callable[[str], Awaitable[object]]) -> None:
    """Await `lesson(address of the Redis)`, or say that it is left out where there is none."""
    if redis_url():
        await lesson(redis_url())
    else:
        print(LEFT_OUT)


@functools.cache
def folder() -> Path:
    """Return an empty folder that goes when the kernel ends."""
    return Path(STACK.enter_context(tempfile.TemporaryDirectory(prefix="notebook-")))


@functools.cache
def redis_url() -> str | None:
    """Return the address of a Redis: a private one where possible, else REDIS_URL, else None."""
    if IN_BROWSER:
        return None
    from workshop.services import redis_binary, redis_server

    program = redis_binary.find_server()
    if program:
        return STACK.enter_context(redis_server.PrivateRedis(program)).url
    return os.environ.get("REDIS_URL")


def _how_to_get_redis() -> str:
    if IN_BROWSER:
        return "There is no Redis in a browser: install the workshop to see what needs one."
    from workshop.services.redis_server import NONE_FOUND

    return NONE_FOUND.replace("This needs", "Some cells below need")


@functools.cache
def _import_from(checkpoint: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "chat_project.settings"
    if "REDIS_URL" not in os.environ and redis_url.cache_info().currsize and redis_url():
        os.environ["REDIS_URL"] = redis_url()
    sys.path.insert(0, str(ROOT / "steps" / checkpoint))

    import django
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = folder() / "db.sqlite3"
    django.setup()

"""The threads in which sockets use the database.

`database_sync_to_async` alone would use one thread for all sockets of the process, so a query
waiting for a locked row would stop every room. Instead, reads and writes get a few threads each,
and each room has a writer. SQLite has a single lock for all writes, so there a single thread
writes.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from channels.db import database_sync_to_async
from django.conf import settings

IS_SQLITE = settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"

read_threads = ThreadPoolExecutor(2, "chat-read")
write_threads = ThreadPoolExecutor(1 if IS_SQLITE else 4, "chat-write")

# Decorators that make a function awaitable: it runs in one of these threads.
in_read_thread = partial(database_sync_to_async, thread_sensitive=False, executor=read_threads)
in_write_thread = partial(database_sync_to_async, thread_sensitive=False, executor=write_threads)

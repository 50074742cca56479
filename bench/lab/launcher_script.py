"""Starts a server with a built-in fault: `python launcher_script.py MODULE ARGUMENTS…`.

The app contains no test code, so this program patches Django or Channels and then starts the
server like `python -m MODULE`. The environment variable CHAOS_FAULT names the fault:

    crash-before-commit N      the process kills itself before the Nth commit of a message
    crash-after-commit N       it kills itself right after that commit
    slow-commit SECONDS        it waits a random time, up to SECONDS, before and after each commit
    forget-client-ids          every incoming message gets a new client_id, so a repeated one is
                               stored again; this proves that the ledger notices
    hoard-frames               every outgoing frame is accepted at once and kept until the client
                               reads it; this proves that the memory check notices
"""

import asyncio
import json
import os
import random
import runpy
import signal
import sys
import time
import uuid


def patch_commits(fault, value):
    """Make the fault happen at the commit of a transaction that inserted a message."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    mark_transactions_with_a_message()
    commit = BaseDatabaseWrapper._commit
    count = 0

    def faulty_commit(self):
        nonlocal count
        has_message = getattr(self, "has_chaos_message", False)
        self.has_chaos_message = False
        if not has_message:
            return commit(self)
        count += 1
        if fault == "slow-commit":
            time.sleep(random.uniform(0, value))
        if (fault, value) == ("crash-before-commit", count):
            os.kill(os.getpid(), signal.SIGKILL)
        commit(self)
        if (fault, value) == ("crash-after-commit", count):
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "slow-commit":
            time.sleep(random.uniform(0, value))

    BaseDatabaseWrapper._commit = faulty_commit


def mark_transactions_with_a_message():
    from django.db.backends.utils import CursorWrapper

    def marking(execute):
        def marking_execute(self, sql, *params):
            if str(sql).replace('"', "").startswith("INSERT INTO chat_app_message "):
                self.db.has_chaos_message = True
            return execute(self, sql, *params)

        return marking_execute

    CursorWrapper.execute = marking(CursorWrapper.execute)
    CursorWrapper.executemany = marking(CursorWrapper.executemany)


def forget_client_ids():
    """Give every incoming message a new client_id, but put the original one in the ack."""
    from channels.routing import URLRouter

    route = URLRouter.__call__

    async def forgetful_route(self, scope, receive, send):
        known = {}

        async def forgetful_receive():
            event = await receive()
            frame = json.loads(event.get("text") or "{}")
            if frame.get("type") == "message":
                new = str(uuid.uuid4())
                known[new] = frame["client_id"]
                event = {**event, "text": json.dumps({**frame, "client_id": new})}
            return event

        async def forgetful_send(event):
            frame = json.loads(event.get("text") or "{}")
            if frame.get("type") == "ack":
                old = known[frame["client_id"]]
                event = {**event, "text": json.dumps({**frame, "client_id": old})}
            await send(event)

        await route(self, scope, forgetful_receive, forgetful_send)

    URLRouter.__call__ = forgetful_route


def hoard_frames():
    """Accept every outgoing frame at once, so the backlog for slow readers has no limit."""
    from channels.routing import URLRouter

    route = URLRouter.__call__

    async def hoarding_route(self, scope, receive, send):
        frames = asyncio.Queue()

        async def send_frames():
            while True:
                await send(await frames.get())

        task = asyncio.create_task(send_frames())
        try:
            await route(self, scope, receive, frames.put)
        finally:
            task.cancel()

    URLRouter.__call__ = hoarding_route


def main():
    fault, _, value = os.environ["CHAOS_FAULT"].partition(" ")
    if fault == "forget-client-ids":
        forget_client_ids()
    elif fault == "hoard-frames":
        hoard_frames()
    else:
        patch_commits(fault, float(value))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

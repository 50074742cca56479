"""Starts a server with one fault built in: `python launcher_script.py MODULE ARGUMENTS…`.

The app holds no code for tests. So this program changes Django before it starts the server as
`python -m MODULE` would: a database connection remembers that its transaction inserted a message,
and the commit of such a transaction is where the fault of CHAOS_FAULT strikes:

    crash-before-commit N      the Nth of them is not committed: the process kills itself
    crash-after-commit N       the Nth is committed, and nobody hears of it
    slow-commit SECONDS        waits a random time, up to SECONDS, before and after each

`forget-client-ids` is a server with a mistake, for the alarm's own test: every message that comes
in gets a new client_id, so that one sent again is stored again.
"""

import json
import os
import random
import runpy
import signal
import sys
import time
import uuid


def strike_at_commits(fault, value):
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.utils import CursorWrapper

    commit, count = BaseDatabaseWrapper._commit, 0

    def watching(execute):
        def watching_execute(self, sql, *params):
            if str(sql).replace('"', "").startswith("INSERT INTO chat_app_message "):
                self.db.chaos_message = True
            return execute(self, sql, *params)

        return watching_execute

    def striking_commit(self):
        nonlocal count
        has_message, self.chaos_message = getattr(self, "chaos_message", False), False
        count += has_message
        if has_message and fault == "slow-commit":
            time.sleep(random.uniform(0, value))
        if has_message and (fault, value) == ("crash-before-commit", count):
            os.kill(os.getpid(), signal.SIGKILL)
        commit(self)
        if has_message and (fault, value) == ("crash-after-commit", count):
            os.kill(os.getpid(), signal.SIGKILL)
        if has_message and fault == "slow-commit":
            time.sleep(random.uniform(0, value))

    for name in ("execute", "executemany"):
        setattr(CursorWrapper, name, watching(getattr(CursorWrapper, name)))
    BaseDatabaseWrapper._commit = striking_commit


def forget_client_ids():
    from channels.generic.websocket import AsyncWebsocketConsumer as Consumer

    receive, send = Consumer.websocket_receive, Consumer.send

    async def forgetful_receive(self, event):
        frame = json.loads(event["text"])
        if frame["type"] == "message":
            fresh = str(uuid.uuid4())
            self.chaos_ids = getattr(self, "chaos_ids", {}) | {fresh: frame["client_id"]}
            event = {**event, "text": json.dumps({**frame, "client_id": fresh})}
        await receive(self, event)

    async def forgetful_send(self, text_data=None, *args, **kwargs):
        frame = json.loads(text_data)
        if frame["type"] == "ack":
            text_data = json.dumps({**frame, "client_id": self.chaos_ids[frame["client_id"]]})
        await send(self, text_data, *args, **kwargs)

    Consumer.websocket_receive, Consumer.send = forgetful_receive, forgetful_send


def main():
    fault, _, value = os.environ["CHAOS_FAULT"].partition(" ")
    if fault == "forget-client-ids":
        forget_client_ids()
    else:
        strike_at_commits(fault, float(value))
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

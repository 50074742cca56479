"""Runs inside the finished app's environment: what storing costs, and what a thread hop costs.

Started as a process in the app's folder; prints one line of JSON. No server and no socket is
involved: this is the writer alone, and the dispatch of an event alone.
"""

import asyncio
import json
import os
import sys
import time
import uuid

import django

BATCHES = (1, 5, 20, 100, 500)
HOPS = 3000


def main(seconds):
    sys.path.insert(0, os.getcwd())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    room, author = make_room()
    stored = [one(room, author, seconds)]
    stored += [gathered(room, author, waiting, seconds) for waiting in BATCHES]
    print(json.dumps({"stored": stored, "hops": asyncio.run(hops())}))


def make_room():
    from django.contrib.auth import get_user_model

    from chat_app.models import Room

    name = f"store-{uuid.uuid4()}"
    author = get_user_model().objects.create(username=name)
    return Room.objects.create(name=name), author


def draft(room, author):
    from chat_app.models import Message

    message = Message(author=author, client_id=uuid.uuid4(), text="." * 100)
    message.room_id = room.pk
    return message


def one(room, author, seconds):
    """A transaction for each message, one after the other, as the plainest code would do it."""
    from chat_app import messages

    count, computing, began = 0, time.process_time(), time.perf_counter()
    while (taken := time.perf_counter() - began) < seconds:
        messages.store([draft(room, author)])
        count += 1
    computed = time.process_time() - computing
    return {
        "how": "one by one",
        "per_s": round(count / taken, 1),
        "ms": round(taken / count * 1000, 3),
        "cpu_ms": round(computed / count * 1000, 3),
    }


def gathered(room, author, waiting, seconds):
    """Through the writer, while `waiting` messages are always on their way."""
    from chat_app import messages

    async def run():
        writer, count, over = messages.Writer(), 0, asyncio.Event()
        began = time.perf_counter()

        def done(message, outcome):
            nonlocal count
            assert outcome.seq, outcome
            count += 1
            if time.perf_counter() - began < seconds:
                writer.add(draft(room, author), done)
            elif not over.is_set():
                over.set()

        for _ in range(waiting):
            writer.add(draft(room, author), done)
        await over.wait()
        taken = time.perf_counter() - began
        await writer.task
        return count / taken

    return {"how": "gathered", "waiting": waiting, "per_s": round(asyncio.run(run()), 1)}


async def hops():
    """Microseconds of one event's dispatch: as inherited, with its hop, and as the app does it."""
    from channels.consumer import AsyncConsumer
    from channels.db import database_sync_to_async

    from chat_app.consumers import ChatConsumer

    class Inherited(AsyncConsumer):
        async def some_event(self, event):
            pass

    class Own(Inherited):
        dispatch = ChatConsumer.dispatch

    async def timed(call):
        for _ in range(HOPS // 10):
            await call()
        began = time.perf_counter()
        for _ in range(HOPS):
            await call()
        return round((time.perf_counter() - began) / HOPS * 1e6, 2)

    event, nothing = {"type": "some.event"}, database_sync_to_async(lambda: None)
    inherited, own = Inherited(), Own()
    return {
        "inherited_us": await timed(lambda: inherited.dispatch(event)),
        "own_us": await timed(lambda: own.dispatch(event)),
        "hop_us": await timed(nothing),
    }


main(float(sys.argv[1]))

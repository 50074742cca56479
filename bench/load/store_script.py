"""Measures the cost of storing and of a thread hop, in the finished app's environment.

It runs as a process in the app's folder and prints one line of JSON. There's no server and no
socket: it measures only the writer, and the dispatch of an event.
"""

import asyncio
import json
import os
import sys
import time
import uuid

import django

BATCHES = (1, 5, 20, 100, 500)  # messages in flight at any time
HOPS = 3000


def main(seconds):
    sys.path.insert(0, os.getcwd())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    room, author = make_room()
    stored = [store_one_by_one(room, author, seconds)]
    for waiting in BATCHES:
        stored.append(asyncio.run(store_batched(room, author, waiting, seconds)))
    print(json.dumps({"stored": stored, "hops": asyncio.run(measure_hops())}))


def make_room():
    from django.contrib.auth import get_user_model

    from chat_app.models import Room

    name = f"store-{uuid.uuid4()}"
    author = get_user_model().objects.create(username=name)
    return Room.objects.create(name=name), author


def new_message(room, author):
    from chat_app.models import Message

    message = Message(author=author, client_id=uuid.uuid4(), text="." * 100)
    message.room_id = room.pk
    return message


def store_one_by_one(room, author, seconds):
    """Store each message in a separate transaction, as the simplest code does."""
    from chat_app import messages

    count = 0
    cpu_start = time.process_time()
    start = time.perf_counter()
    while (elapsed := time.perf_counter() - start) < seconds:
        messages.store([new_message(room, author)])
        count += 1
    cpu = time.process_time() - cpu_start
    return {
        "how": "one by one",
        "per_s": round(count / elapsed, 1),
        "ms": round(elapsed / count * 1000, 3),
        "cpu_ms": round(cpu / count * 1000, 3),
    }


async def store_batched(room, author, waiting, seconds):
    """Store through the app's writer, with `waiting` messages always in flight."""
    from chat_app.writer import Writer

    writer = Writer()
    count = 0
    finished = asyncio.Event()
    start = time.perf_counter()

    def on_stored(message, outcome):
        nonlocal count
        assert outcome.seq, outcome
        count += 1
        if time.perf_counter() - start < seconds:
            writer.add(new_message(room, author), on_stored)
        else:
            finished.set()

    for _ in range(waiting):
        writer.add(new_message(room, author), on_stored)
    await finished.wait()
    elapsed = time.perf_counter() - start
    await writer.task
    return {"how": "gathered", "waiting": waiting, "per_s": round(count / elapsed, 1)}


async def measure_hops():
    """Return how many microseconds a dispatch takes in Channels and in the app, and a hop."""
    from channels.consumer import AsyncConsumer
    from channels.db import database_sync_to_async

    from chat_app.consumers import ChatConsumer

    class Inherited(AsyncConsumer):
        async def some_event(self, event):
            pass

    class Own(Inherited):
        dispatch = ChatConsumer.dispatch

    event = {"type": "some.event"}
    hop = database_sync_to_async(lambda: None)
    inherited, own = Inherited(), Own()
    return {
        "inherited_us": await microseconds(lambda: inherited.dispatch(event)),
        "own_us": await microseconds(lambda: own.dispatch(event)),
        "hop_us": await microseconds(hop),
    }


async def microseconds(call):
    for _ in range(HOPS // 10):
        await call()
    start = time.perf_counter()
    for _ in range(HOPS):
        await call()
    return round((time.perf_counter() - start) / HOPS * 1e6, 2)


main(float(sys.argv[1]))

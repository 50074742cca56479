"""Faults around the database: slow commits, the same message many times, a locked row."""

import asyncio
import time

from bench.chaos.chat_client import Draft
from bench.chaos.faults.registry import fault

COPIES = 20  # how often each message is sent
LOCKED = 7  # seconds; by default, SQLite waits 5 for a lock
LOCK_WAIT = 2  # seconds within which one of the app's transactions must have hit the lock
LOCK_PATIENCE = 10  # seconds that a message may take while another room's row is locked


@fault(
    "commit-order",
    processes=2,
    messages=25,
)
async def commit_order(round):
    servers = [await round.start_server("slow-commit 0.03") for _ in range(2)]
    clients = await round.join(servers)
    await round.chat(clients)


@fault(
    "same-id",
    clients=4,
    messages=10,
    processes=2,
)
async def same_id(round):
    servers = [await round.start_server() for _ in range(2)]
    await round.join(servers)
    (first,) = await round.join(servers[:1], 1, "twin")
    (second,) = await round.join(servers[1:], 1, "twin")
    twins = [first, second]
    for number in range(round.message_count):
        message = round.note_sent(first, f"twin {number}")
        frame = {"type": "message", "client_id": message.client_id, "message": message.text}
        for twin in twins:
            twin.outbox[message.client_id] = Draft(message.text)
        await asyncio.gather(*(twin.send(**frame) for twin in twins * (COPIES // 2)))
        expected = (number + 1) * COPIES // 2  # each copy gets an ack
        await round.wait_until(lambda n=expected: all(round.acks[twin] >= n for twin in twins))
    round.notes.append(f"each of {round.message_count} messages was sent {COPIES} times")


@fault(
    "locked-database",
    clients=4,
    messages=20,
)
async def locked_database(round):
    server = await round.start_server()
    clients = await round.join([server])
    await round.chat(clients)
    await round.outboxes_empty(clients)
    async with round.testbed.app_database.locked_for_writing():
        for client in clients:
            await round.send(client, f"{client.name} into the locked database")
        await asyncio.sleep(LOCKED)
    await round.outboxes_empty(clients)


@fault(
    "locked-row",
    clients=4,
    messages=20,
    layer="pubsub",
    needs_postgres=True,
)
async def locked_row(round):
    server = await round.start_server()
    blocked = await round.join([server])
    other_room = round.room_number(1)
    free = await round.join([server], name="free", room=other_room)
    newcomers = await round.make_clients([server], ["newcomer"], other_room)
    await round.chat([*blocked, *free])
    await round.outboxes_empty(round.clients)
    database = round.testbed.app_database
    async with database.locked_room(round.room):
        for client in blocked:
            await round.send(client, f"{client.name} into the locked room")
        await database.wait_for_lock_waiters(LOCK_WAIT)
        await use_other_room(round, free, newcomers)


async def use_other_room(round, clients, newcomers):
    """While a row is locked, let another room's clients write and a newcomer enter their room."""
    started = time.monotonic()
    for client in clients:
        await round.send(client, f"{client.name} beside a locked room")
    if not await round.outboxes_empty(clients, LOCK_PATIENCE):
        waiting = sum(bool(client.outbox) for client in clients)
        round.failures.append(
            f"While one room's row was locked, {waiting} of {len(clients)} clients in another "
            f"room waited more than {LOCK_PATIENCE} s for their messages to be stored."
        )
        return
    await round.connect(newcomers)
    seconds = time.monotonic() - started
    round.notes.append(f"another room's messages and a newcomer took {seconds:.1f} s")

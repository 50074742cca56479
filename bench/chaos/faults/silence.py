"""Faults of half-open connections: the database or Redis goes silent without an error."""

import asyncio
import time

from bench.chaos.faults.registry import fault
from bench.chaos.proxy import SilentProxy

HEARTBEAT = 2  # seconds between catch-ups with the database
SILENCE = 3  # seconds during which new connections are silent too
ACK_PATIENCE = 10  # seconds within which messages must be acked without Redis


@fault(
    "silent-database",
    clients=6,
    messages=20,
    layer="pubsub",
    needs_postgres=True,
)
async def silent_database(round):
    proxy = await round.enter_context(SilentProxy(round.testbed.postgres.port))
    server = await round.start_server(database_port=proxy.port)
    clients = await round.join([server])
    await round.chat(clients)
    await round.outboxes_empty(clients)
    proxy.go_silent()
    started = time.monotonic()
    for client in clients:
        await round.send(client, f"{client.name} into the silence")
    await asyncio.sleep(SILENCE)
    proxy.recover()
    if await round.outboxes_empty(clients):
        seconds = time.monotonic() - started
        round.notes.append(f"stored {seconds:.1f} s after the silence began")
    else:
        waiting = sum(bool(client.outbox) for client in clients)
        round.failures.append(
            f"{waiting} of {len(clients)} clients were still waiting for an ack "
            f"{round.patience:.0f} s after the connections to PostgreSQL went silent."
        )


@fault(
    "silent-redis",
    clients=6,
    messages=20,
    processes=2,
)
async def silent_redis(round):
    proxy = await round.enter_context(SilentProxy(round.testbed.redis.port))
    limits = {"BEAT_SECONDS": HEARTBEAT}
    servers = [await round.start_server(redis_port=proxy.port, **limits) for _ in range(2)]
    clients = await round.join(servers)
    await round.chat(clients)
    await round.outboxes_empty(clients)
    proxy.go_silent()
    started = time.monotonic()
    await round.chat(clients, 5)
    if not await round.outboxes_empty(clients, ACK_PATIENCE):
        round.failures.append("While Redis was silent, messages were not acked.")
    round.notes.append(f"acked {time.monotonic() - started:.1f} s after the silence began")
    newcomers = await enter_during_silence(round, servers)
    proxy.recover()
    await round.chat(clients, 5)
    names = {client.name for client in [*clients, *newcomers]}
    if not await round.wait_until(lambda: all(client.here >= names for client in clients)):
        missing = {name for client in clients for name in names - client.here}
        round.failures.append(
            f"After Redis came back, nobody was told that {', '.join(sorted(missing))} is here."
        )


async def enter_during_silence(round, servers):
    """While Redis is silent, let someone enter the room, and a new room, on each process."""
    newcomers = []
    for number, server in enumerate(servers):
        newcomers += await enter(round, server, f"new{number}", round.room)
        await enter(round, server, f"other{number}", round.room_number(number + 1))
    return newcomers


async def enter(round, server, name, room):
    """Let one person enter a room, and fail if that takes more than one attempt."""
    started = time.monotonic()
    (newcomer,) = await round.join([server], 1, name, room)
    if newcomer.attempts > 1:
        round.failures.append(
            f"While Redis was silent, entering a room took {newcomer.attempts} attempts."
        )
    round.notes.append(f"entered after {time.monotonic() - started:.1f} s")
    return [newcomer]

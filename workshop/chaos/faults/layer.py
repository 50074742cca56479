"""Faults of the channel layer: Redis restarts, Redis forgets, a process does not listen."""

import asyncio

from workshop.chaos.faults.registry import fault

BEAT = 2  # seconds: what the layer lost is found by the beat, and nobody waits 20 for it
OVERFLOW = 250  # messages; a channel of the core layer holds 100


@fault("redis-restart", "restart Redis, twice, while two processes chat over it", processes=2)
async def redis_restart(round):
    servers = [await round.server(BEAT_SECONDS=BEAT) for _ in range(2)]
    clients = await round.join(servers)
    redis = round.stage.redis

    async def strike():
        for share in (0.3, 0.6):
            total = len(clients) * round.messages
            await round.until(lambda share=share, total=total: round.acked() >= total * share)
            down = round.chance.uniform(0.1, 0.6)
            await asyncio.to_thread(redis.stop)
            await asyncio.sleep(down)
            await asyncio.to_thread(redis.start)
            round.notes.append(f"Redis was away {down:.1f} s")

    await asyncio.gather(round.chat(clients), strike())


@fault(
    "redis-flush",
    "FLUSHALL: Redis forgets every group while two processes chat over it",
    processes=2,
    layer="core",
)
async def redis_flush(round):
    servers = [await round.server(BEAT_SECONDS=BEAT) for _ in range(2)]
    clients = await round.join(servers)
    total = len(clients) * round.messages
    moments = sorted(round.chance.sample(range(total // 10, total), 3))

    async def strike():
        for moment in moments:
            await round.until(lambda moment=moment: round.acked() >= moment)
            await asyncio.to_thread(round.stage.redis.flush)

    await asyncio.gather(round.chat(clients), strike())
    round.notes.append(f"flushed after {', '.join(map(str, moments))} of {total} acks")


@fault(
    "overflow",
    f"a process stands still while {OVERFLOW} messages pass: more than its channel holds",
    clients=6,
    messages=10,
    processes=2,
    layer="core",
)
async def overflow(round):
    awake, asleep = [await round.server(BEAT_SECONDS=BEAT) for _ in range(2)]
    clients = await round.join([awake, asleep])
    await round.chat(clients)
    await round.until(lambda: not any(client.outbox for client in clients))
    asleep.freeze()
    writer = clients[0]  # it lives on the first server
    try:
        for number in range(OVERFLOW):
            await round.say(writer, f"{writer.name} flood {number}")
            await round.until(lambda: not writer.outbox, 10)
    finally:
        asleep.thaw()
    dropped = awake.text().count("over capacity")
    if round.layer == "core" and not dropped:
        round.failures.append("No channel overflowed, so nothing was put to the test.")
    round.notes.append(f"the layer dropped {dropped} events")

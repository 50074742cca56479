"""Faults of the channel layer: Redis restarts or forgets, and a frozen process overflows."""

import asyncio

from bench.chaos.faults.registry import fault

HEARTBEAT = 2  # seconds between catch-ups with the database; the default is too long for a test
OVERFLOW = 250  # messages; in the core layer, a channel's capacity is 100


@fault("redis-restart", processes=2)
async def redis_restart(round):
    servers = [await round.start_server(BEAT_SECONDS=HEARTBEAT) for _ in range(2)]
    clients = await round.join(servers)
    redis = round.testbed.redis
    total = len(clients) * round.message_count

    async def restart():
        for moment in (total * 0.3, total * 0.6):
            await round.wait_until(lambda moment=moment: round.acked() >= moment)
            seconds = round.chance.uniform(0.1, 0.6)
            await asyncio.to_thread(redis.stop)
            await asyncio.sleep(seconds)
            await asyncio.to_thread(redis.start)
            round.notes.append(f"Redis was down for {seconds:.1f} s")

    await asyncio.gather(round.chat(clients), restart())


@fault(
    "redis-flush",
    processes=2,
    layer="core",
)
async def redis_flush(round):
    servers = [await round.start_server(BEAT_SECONDS=HEARTBEAT) for _ in range(2)]
    clients = await round.join(servers)
    total = len(clients) * round.message_count
    moments = sorted(round.chance.sample(range(total // 10, total), 3))

    async def flush():
        for moment in moments:
            await round.wait_until(lambda moment=moment: round.acked() >= moment)
            await asyncio.to_thread(round.testbed.redis.flush)

    await asyncio.gather(round.chat(clients), flush())
    round.notes.append(f"flushed after {', '.join(map(str, moments))} of {total} acks")


@fault(
    "overflow",
    clients=6,
    messages=10,
    processes=2,
    layer="core",
)
async def overflow(round):
    running, frozen = [await round.start_server(BEAT_SECONDS=HEARTBEAT) for _ in range(2)]
    clients = await round.join([running, frozen])
    await round.chat(clients)
    await round.outboxes_empty(clients)
    writer = clients[0]  # the first server is its home
    frozen.freeze()
    try:
        for number in range(OVERFLOW):
            await round.send(writer, f"{writer.name} flood {number}")
            await round.wait_until(lambda: not writer.outbox, 10)
    finally:
        frozen.thaw()
    dropped = running.log_text().count("over capacity")
    if round.layer == "core" and not dropped:
        round.failures.append("No channel overflowed, so this round tested nothing.")
    round.notes.append(f"the layer dropped {dropped} events")

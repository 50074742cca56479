"""Faults of a server process: it is killed, it crashes around a commit, it is replaced."""

import asyncio

from workshop.chaos.faults.registry import fault
from workshop.chaos.figures import percentile

TALKERS = 10


@fault("kill", "kill -9 the server at random moments under load, and start it again")
async def kill(round):
    server = await round.server()
    clients = await round.join([server])
    total = len(clients) * round.messages
    moments = sorted(round.chance.sample(range(total // 20, total * 9 // 10), times(round)))

    async def strike():
        for moment in moments:
            await round.until(lambda moment=moment: round.acked() >= moment)
            await server.kill()
            await server.start()

    await asyncio.gather(round.chat(clients), strike())
    round.notes.append(f"killed after {', '.join(map(str, moments))} of {total} acks")


@fault("crash-after-commit", "crash between the commit of messages and the word to the room")
async def crash_after_commit(round):
    await crash(round, "crash-after-commit")


@fault("crash-before-commit", "crash when messages are written, and not yet committed")
async def crash_before_commit(round):
    await crash(round, "crash-before-commit")


async def crash(round, name):
    """Crash a few times, each time at one of the first commits of a new process."""
    commits = [round.chance.randint(1, 4) for _ in range(times(round))]
    server = await round.server(f"{name} {commits[0]}")
    clients = await round.join([server])

    async def strike():
        for later in [*commits[1:], None]:
            if not await server.ended():
                round.failures.append("The server did not crash: let more messages be sent.")
            await server.start(f"{name} {later}" if later else "")

    await asyncio.gather(round.chat(clients), strike())
    round.notes.append(f"crashed at commits {', '.join(map(str, commits))}")


def times(round):
    """Return how often a server is killed in a round of this size."""
    return 3 if round.count * round.messages > 200 else 2


@fault(
    "sigterm",
    "replace the server (SIGTERM, then a new one) while 500 clients are connected",
    clients=500,
    messages=20,
    patience=120,
)
async def sigterm(round):
    server = await round.server()
    clients = await round.join([server], first=1, cap=30)
    talkers = round.chance.sample(clients, min(TALKERS, len(clients)))
    total = len(talkers) * round.messages

    async def strike():
        await round.until(lambda: round.acked() >= total // 3)
        took = await server.stop()
        round.notes.append(f"it ended {took:.2f} s after SIGTERM")
        await server.start()

    await asyncio.gather(round.chat(talkers), strike())
    await round.until(lambda: len(round.blackouts) >= len(clients))
    if len(round.blackouts) < len(clients):
        round.failures.append(f"Only {len(round.blackouts)} of {len(clients)} clients came back.")
    half, most = percentile(round.blackouts, 50), percentile(round.blackouts, 99)
    round.notes.append(f"blackout p50 {half:.2f} s, p99 {most:.2f} s")

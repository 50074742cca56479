"""Faults of a server process: it's killed, replaced, or crashes around a commit."""

import asyncio
import time

from bench.chaos.chat_client import FIRST_WAIT, LONGEST_WAIT
from bench.chaos.faults.registry import fault
from bench.chaos.percentiles import percentile
from bench.chaos.round import TABS
from bench.lab.open_files import raise_open_files_limit

WRITERS = 10
MAY_GROW = 1.2  # how many times larger the server may be after a storm


@fault("kill")
async def kill(round):
    server = await round.start_server()
    clients = await round.join([server])
    total = len(clients) * round.message_count
    moments = sorted(round.chance.sample(range(total // 20, total * 9 // 10), how_often(round)))

    async def kill_and_start():
        for moment in moments:
            await round.wait_until(lambda moment=moment: round.acked() >= moment)
            await server.kill()
            await server.start()

    await asyncio.gather(round.chat(clients), kill_and_start())
    round.notes.append(f"killed after {', '.join(map(str, moments))} of {total} acks")


@fault("crash-after-commit")
async def crash_after_commit(round):
    await crash(round, "crash-after-commit")


@fault("crash-before-commit")
async def crash_before_commit(round):
    await crash(round, "crash-before-commit")


async def crash(round, name):
    """Crash the server a few times, each time at one of a new process's first commits."""
    commits = [round.chance.randint(1, 4) for _ in range(how_often(round))]
    server = await round.start_server(f"{name} {commits[0]}")
    clients = await round.join([server])

    async def start_after_crashes():
        for next_commit in [*commits[1:], None]:
            if not await server.wait_for_exit():
                round.failures.append("The server didn't crash: send more messages.")
            await server.start(f"{name} {next_commit}" if next_commit else "")

    await asyncio.gather(round.chat(clients), start_after_crashes())
    round.notes.append(f"crashed at commits {', '.join(map(str, commits))}")


def how_often(round):
    """Return how often to kill the server in a round of this size."""
    return 3 if round.client_count * round.message_count > 200 else 2


@fault(
    "sigterm",
    clients=500,
    messages=20,
    patience=120,
)
async def sigterm(round):
    server = await round.start_server()
    clients = await round.join([server], first_wait=FIRST_WAIT, longest_wait=LONGEST_WAIT)
    writers = round.chance.sample(clients, min(WRITERS, len(clients)))
    total = len(writers) * round.message_count

    async def replace():
        await round.wait_until(lambda: round.acked() >= total // 3)
        seconds = await server.stop()
        round.notes.append(f"it ended {seconds:.2f} s after SIGTERM")
        await server.start()

    await asyncio.gather(round.chat(writers), replace())
    await all_back(round, clients)


@fault(
    "storm",
    clients=2000,
    messages=20,
    layer="pubsub",
    patience=60,
)
async def storm(round):
    raise_open_files_limit()
    server = await round.start_server(USER_SOCKETS=TABS)
    clients = await tabs_of_users(round, server)
    writers = round.chance.sample(clients, min(WRITERS, len(clients)))
    await round.chat(writers)
    before = server.memory()
    round.blackouts.clear()
    await server.kill()
    started = time.monotonic()
    await server.start()
    await round.chat(writers)
    await all_back(round, clients)
    round.notes.append(f"all back or given up after {time.monotonic() - started:.0f} s")
    await round.wait_until(lambda: server.memory() <= before * MAY_GROW)
    growth = server.memory() / before
    round.notes.append(f"memory is {growth:.2f} times what it was before")
    if growth > MAY_GROW:
        round.failures.append(f"The storm left the server {growth:.2f} times as large.")


async def tabs_of_users(round, server):
    """Let every user enter TABS rooms, with one socket in each and the same waits as the page."""
    names = [f"u{number:03}" for number in range(max(1, round.client_count // TABS))]
    clients = []
    for number in range(TABS):
        room = round.room_number(number)
        tabs = await round.make_clients([server], names, room, FIRST_WAIT, LONGEST_WAIT)
        await round.connect(tabs)
        clients += tabs
    return clients


async def all_back(round, clients):
    """Wait until all clients are connected and have caught up, and note how long that took."""
    await round.wait_until(
        lambda: (
            all(client.is_finished for client in clients if not client.is_connected)
            and len(round.blackouts) >= sum(not client.is_finished for client in clients)
        )
    )
    back = sum(client.is_connected for client in clients)
    if back < len(clients):
        round.failures.append(f"Only {back} of {len(clients)} clients came back.")
    half, most = percentile(round.blackouts, 50), percentile(round.blackouts, 99)
    round.notes.append(f"blackout p50 {half:.2f} s, p99 {most:.2f} s")

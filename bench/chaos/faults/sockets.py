"""Faults of a client's socket: it's reset, slow or never read, or its network changes."""

import time

from bench.chaos.faults.registry import fault
from bench.chaos.percentiles import percentile
from bench.chaos.proxy import ResettingProxy, SilentProxy, SlowProxy
from bench.chaos.round import TABS, socket_url
from bench.chaos.stuck_reader import stuck_readers

MEBIBYTE = 1024 * 1024
MAY_GROW = 20  # MiB
MAY_SLOW_DOWN = 2.0  # others' p99 may grow by this factor,
TOLERANCE = 1.0  # and by so many seconds, because other programs use the machine too
SLOW_RATE = 20_000  # bytes a second
SLOW_TEXT = " " + "x" * 1_490  # a log, a stack trace


@fault("socket-reset", messages=20)
async def socket_reset(round):
    server = await round.start_server()
    most = 2 * round.client_count
    answer = round.answers_with
    proxy = await round.enter_context(ResettingProxy(server.port, answer, round.chance, most))
    await round.chat(await round.join([proxy]))
    if not proxy.resets:
        round.failures.append("No socket was reset: send more messages.")
    round.notes.append(f"{proxy.resets} resets")


@fault(
    "stuck-reader",
    clients=6,
    messages=250,
)
async def stuck_reader(round):
    server = await round.start_server()
    clients = await round.join([server])
    await round.chat(clients, round.message_count // 2, round.long_text)
    await round.outboxes_empty(clients)
    before, memory = percentile(round.delays, 99), server.memory()
    round.delays.clear()
    cookies = await round.testbed.app_database.make_room(round.room, ["stuck"])
    url = socket_url(server, round.room)
    speaks = {"greeted": round.greets, "asking": round.syncs}
    async with stuck_readers(round.stuck_readers, url, cookies["stuck"], **speaks):
        await round.chat(clients, round.message_count, round.long_text)
        await round.outboxes_empty(clients)
        after, growth = percentile(round.delays, 99), (server.memory() - memory) / MEBIBYTE
        if growth > MAY_GROW:
            round.failures.append(
                f"The server grew by {growth:.1f} MiB for readers that never read."
            )
        if after > before * MAY_SLOW_DOWN + TOLERANCE:
            round.failures.append(f"Others wait {after:.3f} s (p99) instead of {before:.3f} s.")
    round.notes.append(f"memory {growth:+.1f} MiB, p99 {before * 1000:.0f} → {after * 1000:.0f} ms")


@fault(
    "slow-network",
    clients=4,
    messages=50,
    patience=60,
)
async def slow_network(round):
    server = await round.start_server()
    clients = await round.join([server])
    await round.chat(clients, pad=SLOW_TEXT)
    await round.outboxes_empty(clients)
    missed = len(round.sent)
    proxy = await round.enter_context(SlowProxy(server.port, SLOW_RATE))
    started = time.monotonic()
    (reader,) = await round.join([proxy], 1, "slow")
    has_all = await round.wait_until(lambda: reader.last >= missed)
    seconds = time.monotonic() - started
    if has_all:
        round.notes.append(f"caught up in {seconds:.0f} s and {reader.attempts} connections")
    else:
        round.failures.append(
            f"On a slow network, {reader.last} of {missed} messages arrived "
            f"within {seconds:.0f} s, in {reader.attempts} connections."
        )


@fault(
    "network-change",
    clients=20,
    messages=5,
)
async def network_change(round):
    server = await round.start_server(USER_SOCKETS=TABS)
    old_network = await round.enter_context(SilentProxy(server.port))
    names = [f"u{number:02}" for number in range(max(1, round.client_count // TABS))]
    tabs = []
    for _ in range(TABS):
        tabs += await round.make_clients([old_network, server], names, round.room)
    await round.connect(tabs)
    await round.chat(tabs)
    await round.outboxes_empty(tabs)
    old_network.go_silent()
    for number, tab in enumerate(tabs):
        await round.send(tab, f"{tab.name} tab {number} on another network")
    old_network.recover()
    await round.outboxes_empty([tab for tab in tabs if not tab.is_finished])
    attempts = max(tab.attempts for tab in tabs)
    round.notes.append(f"every tab is back within {attempts} connections")

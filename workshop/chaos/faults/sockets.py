"""Faults of one socket: it is reset before the ack, or its client never reads."""

from workshop.chaos.faults.registry import fault
from workshop.chaos.figures import percentile
from workshop.chaos.proxy import Proxy
from workshop.chaos.stuck import stuck_readers

MEBIBYTE = 1024 * 1024
MAY_GROW = 20  # MiB
STUCK = 3
LONG = " " + "я" * 3900  # two bytes each: what is kept for a stuck reader soon adds up
SLOWER = 2.0  # others' p99 may be so many times what it was before,
SLACK = 0.25  # and so many seconds: the machine is not ours alone


@fault("socket-reset", "reset sockets between a message and its ack", messages=20)
async def socket_reset(round):
    server = await round.server()
    proxy = await round.hold(Proxy(server.port, b'"ack"', round.chance, 2 * round.count))
    await round.chat(await round.join([proxy]))
    if not proxy.resets:
        round.failures.append("No socket was reset: let more messages be sent.")
    round.notes.append(f"{proxy.resets} resets")


@fault(
    "stuck-reader",
    f"{STUCK} clients never read: the server's memory may grow by less than {MAY_GROW} MiB",
    clients=6,
    messages=250,
)
async def stuck_reader(round):
    server = await round.server()
    clients = await round.join([server])
    await round.chat(clients, round.messages // 2, LONG)
    await round.until(lambda: not any(client.outbox for client in clients))
    before, memory = percentile(round.delays, 99), server.memory()
    round.delays.clear()
    cookies = await round.stage.keeper.room(round.room, ["stuck"])
    async with stuck_readers(STUCK, server, round.room, cookies["stuck"]):
        await round.chat(clients, round.messages, LONG)
        await round.until(lambda: not any(client.outbox for client in clients))
        after, growth = percentile(round.delays, 99), (server.memory() - memory) / MEBIBYTE
        if growth > MAY_GROW:
            round.failures.append(
                f"The server grew by {growth:.1f} MiB for readers that never read."
            )
        if after > before * SLOWER + SLACK:
            round.failures.append(f"Others wait {after:.3f} s (p99) instead of {before:.3f} s.")
    round.notes.append(f"memory {growth:+.1f} MiB, p99 {before * 1000:.0f} → {after * 1000:.0f} ms")

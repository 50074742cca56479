"""Faults around the database: commits that take their time, and the same message many times."""

import asyncio

from workshop.chaos.faults.registry import fault
from workshop.chaos.ledger import Said

TIMES = 20  # how often each message is sent


@fault(
    "commit-order",
    "two processes take random times to commit, so that publishes overtake each other",
    processes=2,
    messages=25,
)
async def commit_order(round):
    servers = [await round.server("slow-commit 0.03") for _ in range(2)]
    clients = await round.join(servers)
    await round.chat(clients)


@fault(
    "same-id",
    f"send each message {TIMES} times with one client_id, over two sockets of two processes",
    clients=4,
    messages=10,
    processes=2,
)
async def same_id(round):
    servers = [await round.server() for _ in range(2)]
    await round.join(servers)
    twins = await round.join(servers[:1], 1, "twin"), await round.join(servers[1:], 1, "twin")
    twins = [client for clients in twins for client in clients]
    for number in range(round.messages):
        one = round.write(twins[0], f"twin {number}")
        round.said.append(Said(twins[1], one.client_id, one.text))
        says = [twin.say(one.text, one.client_id) for twin in twins]
        frame = {"type": "message", "client_id": one.client_id, "message": one.text}
        again = [twin.send(**frame) for twin in twins * (TIMES // 2 - 1)]
        await asyncio.gather(*says, *again)
        acks = (number + 1) * TIMES // 2  # each copy gets one
        await round.until(lambda acks=acks: all(round.acks[twin] >= acks for twin in twins))
    round.notes.append(f"each of {round.messages} messages was sent {TIMES} times")

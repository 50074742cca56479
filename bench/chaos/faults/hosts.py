"""Faults of a host: it loses its network for a while, but its programs keep running."""

import asyncio
import contextlib
import http.client
import time

from bench.chaos.faults.registry import fault
from bench.hosts.testbed import APPS

CUT = APPS[0]  # the host that is cut off
ROOM_SIZE = 4
WRITERS = 3  # in each room; the others only read
MOST_ROOMS = 40
LATER = 5  # messages that each client writes once the host is back
SERVED_BY = "X-Served-By"  # the header with the app hosts that were tried; the last one answered
RETRY_SECONDS = 0.1
PAGE_SECONDS = 10


@fault(
    "host-cut-off",
    clients=24,
    messages=40,
    processes=2,
    needs_postgres=True,
    needs_hosts=True,
    patience=60,
)
async def host_cut_off(round):
    for name in APPS:
        await round.start_server(host=name)
    proxy = await round.enter_context(round.testbed.proxy())
    rooms = await enter_rooms(round, proxy)
    if round.failures:
        return
    writers = [client for members in rooms for client in members[:WRITERS]]
    chatting = asyncio.create_task(round.chat(writers))
    await round.wait_until(lambda: round.acked() >= len(writers) * round.message_count // 4)
    moved = await cut_off_until_moved(round, writers)
    await enter_after_return(round, proxy, sorted({one.room for one in moved}))
    await chatting
    await round.chat(round.clients, LATER)


async def enter_rooms(round, proxy):
    """Fill rooms until each client is in one and both hosts serve rooms. Returns the rooms."""
    rooms, hosts = [], []
    while len(rooms) * ROOM_SIZE < round.client_count or len(set(hosts)) < len(APPS):
        number = len(rooms)
        if number == MOST_ROOMS or round.failures:
            round.failures.append(f"The proxy doesn't divide the {number} rooms between the hosts.")
            break
        members = await round.join([proxy], ROOM_SIZE, f"r{number}-", round.room_number(number))
        found = {host_of(round, member) for member in members}
        if len(found) > 1:
            round.failures.append(f"The proxy divides the room {members[0].room} between hosts.")
        rooms.append(members)
        hosts += found
    round.figures["rooms"] = [len(rooms)]
    round.figures["rooms_on_the_host"] = [hosts.count(CUT)]
    return rooms


async def cut_off_until_moved(round, writers):
    """Cut the host off until its writers have all had acks from the other host. Returns them."""
    affected = [client for client in writers if host_of(round, client) == CUT]
    round.testbed.network.cut_off(CUT)
    started = time.monotonic()
    await asyncio.gather(*(move(round, client, started) for client in affected))
    round.testbed.network.reconnect(CUT)
    seconds = time.monotonic() - started
    round.figures["cut_off_seconds"] = [seconds]
    round.notes.append(f"{CUT} was cut off for {seconds:.1f} s, with {len(affected)} writers")
    return affected


async def move(round, client, started):
    """Let `client` write on the cut-off host, and wait until the other host has stored it."""
    message = round.note_sent(client, f"{client.name} {client.tab[:4]} while cut off")
    await client.send_message(message.text, message.client_id)
    if await round.wait_until(lambda: message.client_id in client.acked):
        round.figures.setdefault("moved_seconds", []).append(time.monotonic() - started)
    else:
        round.failures.append(f"{client.name} got no ack while {CUT} was cut off.")


async def enter_after_return(round, proxy, rooms):
    """Let a newcomer enter each of `rooms` on the host that's back.

    The rooms' other members are still on the other host, so Redis has to connect the two.
    """
    started = time.monotonic()
    while await asyncio.to_thread(host_of_page, round, proxy, rooms[0]) != CUT:
        if time.monotonic() > started + round.patience:
            break
        await asyncio.sleep(RETRY_SECONDS)
    seconds = time.monotonic() - started
    round.figures["back_seconds"] = [seconds]
    round.notes.append(f"the proxy used it again {seconds:.1f} s after it came back")
    newcomers = []
    for number, room in enumerate(rooms):
        newcomers += await round.join([proxy], 1, f"new{number}-", room)
    elsewhere = [client.name for client in newcomers if host_of(round, client) != CUT]
    if elsewhere:
        round.failures.append(f"After coming back, {CUT} didn't serve {', '.join(elsewhere)}.")


def host_of(round, client):
    """Return the name of the app host that serves `client` now, or ""."""
    headers = client.socket.response.headers if client.socket else {}
    return round.testbed.host_at(headers.get(SERVED_BY, ""))


def host_of_page(round, proxy, room):
    """Return the name of the app host that serves the page of `room`, or ""."""
    connection = http.client.HTTPConnection(proxy.address, proxy.port, timeout=PAGE_SECONDS)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        connection.request("GET", f"/chat/{room}/")
        return round.testbed.host_at(connection.getresponse().getheader(SERVED_BY, ""))
    return ""

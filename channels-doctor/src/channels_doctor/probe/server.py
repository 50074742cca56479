"""Facts about the Redis server, and whether a hidden reconnection loses memberships."""

import asyncio
import uuid

from _doctor_probe_entry import neighbour

FACTS = (
    "redis_version", "cluster_enabled", "maxmemory", "maxmemory_policy", "used_memory",
    "evicted_keys",
)  # fmt: skip


async def collect(talk, layers, request):
    """Describe the servers of each layer."""
    for alias, layer in layers.items():
        for host in neighbour("own_layers").hosts(layer):
            facts = await _facts(host)
            if facts:
                talk.say(alias=alias, server=facts)
        if request["aliases"][alias] == "core" and not (facts or {}).get("keeps_data"):
            await _deaf(talk, alias, layer, request)


async def _facts(host):
    own = neighbour("own_layers")
    try:
        async with own.client(host) as client:
            info = await client.info()
            facts = {key: info[key] for key in FACTS if key in info}
            facts["keeps_data"] = await _keeps_data(client)
            return facts
    except Exception:  # the members get the same error and report it
        return None


async def _keeps_data(client):
    """Return whether the server writes to disk, so that groups survive a restart."""
    try:
        kept = {**await client.config_get("save"), **await client.config_get("appendonly")}
        return bool(kept.get("save")) or kept.get("appendonly") == "yes"
    except Exception:  # many hosted servers don't say
        return False


async def _deaf(talk, alias, layer, request):
    """Simulate a Redis restart for one member: delete its group and cut its connection.

    Without `retry`, its receive() raises and the page would join again. With it, nobody notices.
    """
    own = neighbour("own_layers")
    configured = own.hosts(layer)
    host = configured[0]
    if len(configured) != 1 or not ("retry" in host or "retry_on_error" in host):
        return
    name, group = "channels-doctor-" + uuid.uuid4().hex, "deaf"
    made = type(layer)(hosts=[{**host, "client_name": name}], prefix=request["prefix"])
    try:
        channel = await made.new_channel()
        await made.group_add(group, channel)
        waiting = asyncio.create_task(made.receive(channel))
        async with own.client(host) as client:
            await _until_waiting(client, name, waiting)
            await client.delete(made._group_key(group))
            for connection in await client.client_list():
                if connection["name"] == name:
                    await client.client_kill_filter(_id=connection["id"])
            await _until_waiting(client, name, waiting)
        await layer.group_send(group, {"type": "doctor.ping"})
        done, _ = await asyncio.wait([waiting], timeout=1.5)
        talk.say(alias=alias, deaf=not done)
        waiting.cancel()
        await asyncio.wait([waiting], timeout=1)
    except Exception as error:
        talk.say(alias=alias, not_tried="deaf", error=neighbour("conversation").words(error))


async def _until_waiting(client, name, member):
    """Return when the member's connection is waiting for a message, or its task has ended."""
    # Redis only lists its clients on request.
    while not member.done() and not await _is_waiting(client, name):  # noqa: ASYNC110
        await asyncio.sleep(0.05)


async def _is_waiting(client, name):
    """Return whether the member's connection is waiting for a message."""
    return any(
        connection["name"] == name and connection["cmd"].lower() == "bzpopmin"
        for connection in await client.client_list()
    )

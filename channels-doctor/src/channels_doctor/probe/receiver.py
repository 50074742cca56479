"""The first process of the live examination: a member of a group, like a consumer."""

import asyncio
import os

from _doctor_probe_entry import neighbour

GROUP = "doctor"


def collect(request):
    asyncio.run(main(request))
    return {}


async def main(request):
    talk = neighbour("conversation").Conversation()
    try:
        layers = neighbour("own_layers").make(request)
    except BaseException as error:
        talk.say(failed="setup", error=neighbour("conversation").words(error))
        return
    members = [asyncio.create_task(member(talk, alias, layers[alias])) for alias in layers]
    redis = {
        alias: layer
        for alias, layer in layers.items()
        if request["aliases"][alias] in ("core", "pubsub")
    }
    others = [asyncio.create_task(neighbour("server").collect(talk, redis, request))]
    await talk.heard()  # the doctor has seen enough
    for task in members + others:
        task.cancel()
    await asyncio.wait(members + others, timeout=2)
    await leave(talk, redis, request["prefix"])
    talk.say(done=True)


async def member(talk, alias, layer):
    """Join, then reply to every message on the channel named in it, until told to stop."""
    stage = "join"
    try:
        channel = await layer.new_channel()
        await layer.group_add(GROUP, channel)
        talk.say(alias=alias, joined=True, process=os.getpid())
        stage = "receive"
        while True:
            event = await layer.receive(channel)
            await layer.send(event["reply_to"], {"type": "doctor.pong", "number": event["number"]})
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        talk.say(alias=alias, failed=stage, error=neighbour("conversation").words(error))


async def leave(talk, layers, prefix):
    """Delete all of our keys, and report how many are left."""
    left = await asyncio.gather(*(clear(layer, prefix) for layer in layers.values()))
    talk.say(left_behind=sum(left))


async def clear(layer, prefix):
    """Empty `layer`, and return how many of its keys are left, or 0 if it can't be reached."""
    own = neighbour("own_layers")
    try:
        await asyncio.wait_for(layer.flush(), 3)
    except BaseException:  # a cluster can't, for example
        pass
    left = 0
    for host in own.hosts(layer):
        try:
            async with own.client(host) as client:
                async for key in client.scan_iter(match=prefix + "*", count=1000):
                    await client.delete(key)  # a cluster takes only one at a time
                left += len([key async for key in client.scan_iter(match=prefix + "*")])
        except Exception:
            continue
    return left

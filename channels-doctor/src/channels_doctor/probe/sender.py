"""The second process of the live examination: sends to the group, and times the reply."""

import asyncio
import os
import time

from _doctor_probe_entry import neighbour

GROUP = "doctor"
PATIENCE = 3  # seconds until a message counts as lost


def collect(request):
    asyncio.run(main(request))
    return {}


async def main(request):
    conversation = neighbour("conversation")
    talk = conversation.Conversation()
    try:
        layers = neighbour("own_layers").make(request)
    except BaseException as error:
        talk.say(failed="setup", error=conversation.words(error))
        return
    talk.say(ready=True, process=os.getpid())
    number = 0
    while True:
        message = await talk.heard()
        if not message or "ping" not in message:
            break
        number += 1
        pings = [ping(talk, alias, layers[alias], number) for alias in message["ping"]]
        await asyncio.gather(*pings)
    talk.say(done=True)


async def ping(talk, alias, layer, number):
    """Send one message to the group from a new channel, and report how long the reply took."""
    try:
        channel = await layer.new_channel()
        begun = time.perf_counter()
        event = {"type": "doctor.ping", "number": number, "reply_to": channel}
        await layer.group_send(GROUP, event)
        try:
            await asyncio.wait_for(layer.receive(channel), PATIENCE)
        except asyncio.TimeoutError:  # noqa: UP041 (on Python 3.10 they differ)
            talk.say(alias=alias, number=number, lost=True)
            return
        took = (time.perf_counter() - begun) * 1000
        talk.say(alias=alias, number=number, milliseconds=round(took, 2))
    except BaseException as error:
        talk.say(alias=alias, failed="send", error=neighbour("conversation").words(error))

"""A process that uses a channel layer: `python worker_script.py SETTINGS` (JSON).

It reads one request per line, such as `{"id": 1, "verb": "join", "group": "room"}`, and writes one
answer per line. With `migrate`, it only creates tables. With `send GROUP COUNT`, it only sends a
few events.

A group member works like a consumer: it waits in `receive`, handles the event, and waits again. A
member that `stalls` is like a consumer whose handler doesn't return.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections import Counter

READY = {"id": 0, "result": "ready"}
PENDING = set()  # calls that take too long


class GroupMember:
    """One channel in a group, and the events it received: (sender, number, delay)."""

    def __init__(self, layer, channel, stalls_after):
        self.layer = layer
        self.channel = channel
        self.events = []
        self.error = ""
        self.changed = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.stalls_after = stalls_after
        self.task = asyncio.create_task(self.read())

    async def read(self):
        try:
            while True:
                event = await self.layer.receive(self.channel)
                delay = time.monotonic() - event["at"]
                self.events.append((event["sender"], event["number"], delay))
                self.changed.set()
                if len(self.events) == self.stalls_after:
                    await self.goes_on.wait()
        except Exception as error:
            self.error = f"{type(error).__name__}: {error}"
            self.changed.set()

    async def has(self, least):
        """Wait until this member has `least` events, or can't receive any more."""
        while len(self.events) < least and not self.error:
            self.changed.clear()
            await self.changed.wait()


class LogKeeper(logging.Handler):
    """Keeps what the layer logs, with the levels."""

    def __init__(self):
        super().__init__(logging.INFO)
        self.lines = []

    def emit(self, record):
        self.lines.append([record.levelname, record.getMessage()])


class Verbs:
    """The requests that this process understands. Each method handles one verb."""

    def __init__(self, layer, log):
        self.layer = layer
        self.log_keeper = log
        self.groups = {}

    async def join(self, group, members=1, stalls_after=0):
        """Add new members to a group; return the names of their channels."""
        channels = []
        for _ in range(members):
            channel = await self.layer.new_channel()
            member = GroupMember(
                self.layer, channel, stalls_after
            )  # starts receiving first, as a consumer does
            self.groups.setdefault(group, []).append(member)
            await self.layer.group_add(group, channel)
            channels.append(channel)
        return channels

    async def add(self, group, other):
        """Add the members of `group` to another group as well."""
        for member in self.groups[group]:
            await self.layer.group_add(other, member.channel)

    async def leave(self, group):
        """Remove a group's members, as consumers do when their sockets close."""
        for member in self.groups.pop(group, []):
            member.task.cancel()
            with contextlib.suppress(Exception):
                await self.layer.group_discard(group, member.channel)

    async def go_on(self, group):
        """Let stalled members read on."""
        for member in self.groups[group]:
            member.stalls_after = 0
            member.goes_on.set()

    async def send(self, group="", channel="", first=0, count=1, every=0, at_once=1, within=60):
        """Send numbered events to a group or channel. Returns what was raised, and the seconds.

        A call that takes longer than `within` counts as a TimeoutError, but isn't cancelled.
        """
        numbers = iter(range(first, first + count))
        raised = Counter()
        started = time.monotonic()

        async def send_in_turn():
            for number in numbers:
                ahead = started + (number - first) * every - time.monotonic()
                if every and ahead > 0:
                    await asyncio.sleep(ahead)
                if error := await finish(self.send_one(group, channel, number), within):
                    raised[error] += 1

        await asyncio.gather(*(send_in_turn() for _ in range(at_once)))
        return {"raised": dict(raised), "seconds": time.monotonic() - started}

    async def send_one(self, group, channel, number):
        event = {"type": "bench.event", "sender": os.getpid(), "number": number}
        event["text"] = "a text as people write it in a chat, neither short nor long"
        event["at"] = time.monotonic()
        if group:
            await self.layer.group_send(group, event)
        else:
            await self.layer.send(channel, event)

    async def send_mixed(self, groups, channel, first, count):
        """Send events in turn to each of several groups and to one channel."""
        for number in range(first, first + count):
            turn = number % (len(groups) + 1)
            if turn < len(groups):
                await self.send_one(groups[turn], "", number)
            else:
                await self.send_one("", channel, number)

    async def wait(self, group, least, within):
        """Wait until every member has `least` events. Returns whether that happened in time."""
        waiting = asyncio.gather(*(member.has(least) for member in self.groups[group]))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(waiting, within)
        return all(len(member.events) >= least for member in self.groups[group])

    async def events(self, group):
        """Return what each member received, as lists of [sender, number, delay]."""
        return [member.events for member in self.groups[group]]

    async def errors(self, group):
        """Return the errors that stopped members. In Channels, they would close the sockets."""
        return [member.error for member in self.groups[group] if member.error]

    async def log(self):
        """Return what the layer has logged since the last call."""
        lines = list(self.log_keeper.lines)
        self.log_keeper.lines.clear()
        return lines


async def finish(sending, within):
    """Wait for a coroutine without ever cancelling it. Returns its error's name, if any."""
    task = asyncio.create_task(sending)
    done, _ = await asyncio.wait([task], timeout=within)
    if not done:
        PENDING.add(task)
        task.add_done_callback(PENDING.discard)
        return "TimeoutError"
    return type(task.exception()).__name__ if task.exception() else ""


async def serve(log):
    from channels.layers import channel_layers

    verbs = Verbs(channel_layers["default"], log)
    reader = asyncio.StreamReader(limit=2**26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    answer(READY)
    tasks = set()
    while line := await reader.readline():
        task = asyncio.create_task(handle(verbs, json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def handle(verbs, request):
    number = request.pop("id")
    method = getattr(verbs, request.pop("verb"))
    try:
        answer({"id": number, "result": await method(**request)})
    except Exception as error:
        answer({"id": number, "error": f"{type(error).__name__}: {error}"})


def answer(words):
    os.write(ANSWERS, json.dumps(words).encode() + b"\n")


def send_from_script(group, count):
    """Send events as a management command or a Celery task does, without an event loop."""
    from asgiref.sync import async_to_sync
    from channels.layers import channel_layers

    for number in range(count):
        event = {"type": "bench.event", "sender": os.getpid(), "number": number}
        event["at"] = time.monotonic()
        async_to_sync(channel_layers["default"].group_send)(group, event)


def main():
    import django
    from django.conf import settings
    from django.core.management import call_command

    given = json.loads(sys.argv[1])
    keeper = LogKeeper()
    logging.basicConfig(level=logging.INFO, handlers=[keeper, logging.StreamHandler()])
    settings.configure(LOGGING_CONFIG=None, **given)
    django.setup()
    match sys.argv[2:]:
        case ["migrate"]:
            call_command("migrate", verbosity=0)
        case ["send", group, count]:
            send_from_script(group, int(count))
        case _:
            asyncio.run(serve(keeper))


if __name__ == "__main__":
    ANSWERS = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library's output isn't an answer
    main()
    os._exit(0)  # without waiting for the layer's background tasks

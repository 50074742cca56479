"""A chat client that does exactly what a step's page does."""

import asyncio
import json
from urllib.request import Request, urlopen

from bench.chaos.chat_client import ChatClient
from bench.steps.stages import Stage

GIVE_UP = 2  # seconds after which a person stops waiting for a message to appear
HISTORY_SECONDS = 10


def translated(stage: Stage, frame: dict) -> dict:
    """Return a step's frame in the form that the finished app would have sent."""
    if "error" in frame:
        return {"type": "error", "code": frame["error"]}
    if not stage.knows("history"):
        return {"type": "messages", "messages": [frame]}
    match frame["type"]:
        case "welcome":
            return {"here": [], **frame}
        case "presence":
            return {"type": "presence", "users": dict.fromkeys(frame["here"], True)}
        case "error":
            return {"code": frame["detail"], **frame}
    return frame


class StepClient(ChatClient):
    """A tab with the page of a step from 10 on: it has an outbox and asks for what it missed.

    Unlike the finished app's page, it waits forever for an answer.
    """

    is_watchful = False

    def __init__(self, *arguments, stage: Stage):
        super().__init__(*arguments)
        self.stage = stage

    async def connected(self, socket):
        if not self.stage.knows("history"):
            await super().handle_frame(socket, {"type": "welcome", "head": 0})

    async def handle_frame(self, socket, frame):
        """Handle a frame from the step's server."""
        await super().handle_frame(socket, translated(self.stage, frame))

    async def _report_seen(self):
        if self.stage.knows("marks"):
            await super()._report_seen()


class ReloadingClient(StepClient):
    """A tab with the page of step 09: it has an outbox, and doesn't ask for what it missed.

    After a lost connection, it loads the history again. Otherwise, it shows each message when it
    arrives.
    """

    def __init__(self, *arguments, stage):
        super().__init__(*arguments, stage=stage)
        self.start = 0  # the newest message's number when the page asked for the history

    async def _welcome(self, socket, frame):
        if frame["head"] != self.last:
            history = await asyncio.to_thread(self._read_history, socket, frame["head"] + 1)
            self.shown = []
            for message in history:
                self._show_one(message)
            self.start = self.last = self.newest = frame["head"]
        self.socket = socket
        self.failures = 0
        await self.tend_outbox()

    async def show(self, messages, upto=0):
        for message in messages:
            seq = message["seq"]
            is_known = seq <= self.start or seq in dict(self.shown)
            if not is_known or "dedupe" in self.without:
                self._show_one(message)
            self.newest = max(self.newest, seq)
        await self.tend_outbox()

    def _read_history(self, socket, before: int) -> list[dict]:
        """Return all messages with lower numbers, read over HTTP as the page does."""
        host, port = socket.remote_address[:2]
        url = f"http://{host}:{port}/chat/{self.room}/messages/?before="
        found, more = [], True
        while more:
            request = Request(f"{url}{before}", headers={"Cookie": self.cookie})
            with urlopen(request, timeout=HISTORY_SECONDS) as answer:
                page = json.load(answer)
            found = page["messages"] + found
            before, more = found[0]["seq"] if found else 0, page["more"]
        return found


class EarlyClient(ReloadingClient):
    """A tab with the page of a step before 09, which sends each message once.

    Its user writes only while there is a connection, and writes the next message when the last
    one has appeared, or has not for GIVE_UP seconds.
    """

    def _disconnected(self):
        self.outbox.pop(self.in_flight, None)
        super()._disconnected()

    def _show_one(self, message):
        self.shown.append((message["seq"], message["message"]))

    async def tend_outbox(self):
        client_id = next(iter(self.outbox), None)
        if not self.socket or client_id in (None, self.in_flight):
            return
        self.in_flight = client_id
        self._later("give up", GIVE_UP, self._finish)
        await self.send(message=self.outbox[client_id].text)

    async def show(self, messages, upto=0):
        for message in messages:
            seq, text = message.get("seq", 0), message["message"]
            if seq and seq <= self.start:
                continue
            self.shown.append((seq, text))
            self.last = self.newest = max(self.last, seq)
            if self.in_flight and text == self.outbox[self.in_flight].text:
                self.acked[self.in_flight] = seq
                await self._finish()

    async def _refused(self, code, **frame):
        self.refused[self.in_flight] = code
        await self._finish()

    async def _finish(self):
        """Forget the last message sent, whatever happened to it."""
        self.outbox.pop(self.in_flight, None)
        self.in_flight = None
        await self.tend_outbox()

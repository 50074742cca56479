"""A round on a step: its servers, clients for its protocol, and what they saw in the end."""

import asyncio

from bench.chaos.round import LAST_TEXT, OUTBOX_LIMIT, Round
from bench.steps import counts
from bench.steps.client import EarlyClient, ReloadingClient, StepClient
from bench.steps.testbed import StepTestbed

LONG_TEXT = " " + "\U0001f600" * 900  # a step allows 1,000 characters, and writes 12 bytes for each
CALM_SECONDS = 0.5  # after this many quiet seconds, nothing is in flight any more


class StepRound(Round):
    """A round on a step, limited to what its protocol can do.

    `lost` and `doubled` count each message once, however many clients were affected.
    """

    long_text = LONG_TEXT
    stuck_readers = 6

    def __init__(self, testbed: StepTestbed, **options):
        super().__init__(testbed, layer="core", **options)
        self.stage = testbed.stage
        self.delivers = self.stage.knows("delivery")
        self.greets = self.stage.knows("history")
        self.syncs = self.stage.knows("sync")
        self.answers_with = b'"ack"' if self.delivers else b'"message"'
        self.lost = self.doubled = 0

    def new_client(self, *arguments):
        kind = ReloadingClient if self.delivers else EarlyClient
        return (StepClient if self.syncs else kind)(*arguments, stage=self.stage)

    def share_of_changes(self):
        return super().share_of_changes() if self.stage.knows("edits") else 0

    def may_write(self, client):
        unsaved = [draft for draft in client.outbox.values() if not draft.is_saved]
        return len(unsaved) < (OUTBOX_LIMIT if self.delivers else 1)

    def acked(self):
        """Return how many messages were acked or, in steps without acks, sent."""
        if self.delivers:
            return super().acked()
        return len(self.sent) - sum(len(client.outbox) for client in self.clients)

    async def settle_room(self, room, clients):
        if self.delivers:
            found = await super().settle_room(room, clients)
        else:
            await self._calm_down(room, clients)
        stored = await self.testbed.app_database.stored_messages(room)
        written = [message for message in self.sent if message.client.room == room]
        if not self.delivers:
            found = counts.compare(self.stage, clients, written, stored)
        missing = counts.count(self.stage, clients, written, stored)
        self.lost += len(missing.lost)
        self.doubled += len(missing.doubled)
        return found

    async def _calm_down(self, room: str, clients: list) -> None:
        """Wait until all clients are back, and everything that can still arrive has arrived."""
        await self.wait_until(lambda: all(c.is_connected and not c.outbox for c in clients))
        await clients[0].send_message(f"{LAST_TEXT} of {room}")
        await self.wait_until(lambda: not clients[0].outbox)
        before = -1
        while before != (now := sum(len(client.shown) for client in clients)):
            before = now
            await asyncio.sleep(CALM_SECONDS)

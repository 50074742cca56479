"""Batching: messages that arrive while a transaction commits share the next one."""

import asyncio
from contextlib import suppress

from django.db import IntegrityError

from chat_app import messages
from chat_app.background import Worker, log_error
from chat_app.database import IS_SQLITE, in_write_thread

MAX_BATCH = 500
GATHER_SECONDS = 0.003


class Writer:
    """Stores messages in the order in which they arrive, many in one transaction.

    While a batch commits, the next one collects.
    """

    def __init__(self):
        self.waiting = []
        self.worker = Worker(self.run)
        self.usual_batch = 0
        self.enough_waiting = asyncio.Event()

    def add(self, draft, on_done):
        """Queue a draft. `on_done(draft, outcome)` is called with what `messages.store` returns."""
        self.waiting.append((draft, on_done))
        if len(self.waiting) >= self.usual_batch:
            self.enough_waiting.set()
        self.worker.wake()

    async def run(self):
        """Store batches until nobody waits."""
        while self.waiting:
            batch = self.waiting[:MAX_BATCH]
            self.waiting = self.waiting[MAX_BATCH:]
            outcomes = await self.try_to_store([draft for draft, _ in batch])
            for (draft, on_done), outcome in zip(batch, outcomes, strict=True):
                try:
                    on_done(draft, outcome)
                except Exception as error:  # the other drafts still need their answers
                    log_error("answering a stored message", error)
            await self.gather(len(batch))

    async def try_to_store(self, drafts):
        """Store the drafts in a thread. If the database fails, reject them all.

        If the database only refuses one of them, for example because its author has just been
        deleted, the others are stored one by one.
        """
        try:
            return await in_write_thread(messages.store)(drafts)
        except Exception as error:
            if isinstance(error, IntegrityError) and len(drafts) > 1:
                outcomes = [await self.try_to_store([draft]) for draft in drafts]
                return [outcome for [outcome] in outcomes]
            log_error("storing messages", error)
            return [messages.Rejected("unavailable")] * len(drafts)

    async def gather(self, last_batch):
        """Optimisation: wait a moment for about as many drafts as in the previous batches.

        Larger batches make larger frames. Without this, a busy room takes 38 % more processor time
        for each delivery.
        """
        self.usual_batch = max(last_batch, self.usual_batch - 1)
        self.enough_waiting = asyncio.Event()
        if last_batch > 1 and len(self.waiting) < self.usual_batch:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.enough_waiting.wait(), GATHER_SECONDS)


shared_writer = Writer()


def writer_for_room():
    """Return a writer for one room, so that a lock on one room doesn't hold up the others.

    SQLite has a single lock for all rooms anyway, so there they share a writer and its
    transactions.
    """
    return shared_writer if IS_SQLITE else Writer()

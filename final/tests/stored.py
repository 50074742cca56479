"""Stores messages, edits and deletions in a room, the same way as the chat."""

import uuid

from chat_app.messages import Draft, Rejected, store


def write(room, author, *texts):
    """Store messages and return them."""
    return keep([Draft(room.pk, author, uuid.uuid4(), text) for text in texts])


def edit(room, author, seq, text):
    return keep([Draft(room.pk, author, uuid.uuid4(), text, "edit", seq)])


def delete(room, author, seq):
    return keep([Draft(room.pk, author, uuid.uuid4(), "", "deletion", seq)])


def keep(drafts):
    outcomes = store(drafts)
    assert not any(isinstance(outcome, Rejected) for outcome in outcomes), outcomes
    return outcomes

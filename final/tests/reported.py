"""Shared by the tests of reports and mutes: messages, and people who report them."""

import uuid

from chat_app import messages
from chat_app.models import Message
from tests.conftest import log_in


def write(author, room, text, kind=Message.Kind.MESSAGE, target=None):
    """Store a message or a change as a socket would, and return it."""
    draft = messages.Draft(room.pk, author, uuid.uuid4(), text, kind, target)
    [message] = messages.store([draft])
    return message


def edit(message, text):
    return write(message.author, message.room, text, Message.Kind.EDIT, message.seq)


def delete(message):
    return write(message.author, message.room, "", Message.Kind.DELETION, message.seq)


def url_of(message, what="report"):
    return f"/chat/{message.room.name}/messages/{message.seq}/{what}/"


def report(user, message, reason="spam", note=""):
    return log_in(user).post(url_of(message), {"reason": reason, "note": note})

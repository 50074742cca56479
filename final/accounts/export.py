"""A copy of somebody's data, as JSON that is written while it's read.

Neither the server nor the database holds more than a page of it. And between two pages, it keeps no
connection to the database, so a slow download costs nobody else anything.
"""

import json
from datetime import datetime

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from chat_app.database import in_read_thread
from chat_app.models import Membership, Message

PAGE_SIZE = 200


async def write(user):
    """Yield the parts of a JSON object: the account, and then each of the sections below."""
    await sync_to_async(close_old_connections)()  # the request's own, which isn't needed any more
    yield f'{{"account": {encode(describe(user))}'
    for name, read in sections:
        yield f',\n"{name}": ['
        after = 0
        separator = "\n"
        while page := await read(user, after):
            after, _ = page[-1]
            yield separator + ",\n".join(encode(row) for _, row in page)
            separator = ",\n"
        yield "]"
    yield "}\n"


def encode(row):
    """Return a row as JSON; a date becomes a text."""
    return json.dumps(row, ensure_ascii=False, default=datetime.isoformat)


def describe(user):
    """What is known about the user, apart from the password's hash."""
    return {
        "username": user.username,
        "display_name": user.first_name,
        "email": user.email,
        "joined": user.date_joined,
        "last_login": user.last_login,
    }


@in_read_thread
def read_rooms(user, after):
    """The next page of rooms that the user has entered: (membership's id, what to write)."""
    memberships = Membership.objects.filter(user=user, pk__gt=after).select_related("room")
    return [(each.pk, describe_room(each)) for each in memberships.order_by("pk")[:PAGE_SIZE]]


def describe_room(membership):
    """A room, what the user is in it, and how far they have read."""
    return {
        "name": membership.room.name,
        "private": membership.room.private,
        "owner": membership.room.owner_id == membership.user_id,
        "read_up_to": membership.seen,
    }


@in_read_thread
def read_messages(user, after):
    """The next page of messages that the user has written: (message's id, what to write)."""
    own = Message.objects.filter(author=user, kind=Message.Kind.MESSAGE, pk__gt=after)
    page = own.select_related("room").order_by("pk")[:PAGE_SIZE]
    return [(message.pk, describe_message(message)) for message in page]


def describe_message(message):
    """A message with its present text, which is empty if the message was deleted."""
    return {
        "room": message.room.name,
        "number": message.seq,
        "at": message.at,
        "text": message.text,
        "edited": message.edited,
        "deleted": message.deleted,
    }


# (name, function that reads the next page). Apps on top of this one add theirs in `ready`.
sections = [("rooms", read_rooms), ("messages", read_messages)]

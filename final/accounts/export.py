"""Export a user's data as JSON, written while it is being read.

Neither the server nor the database ever holds more than one page of it. No database connection is
held between two pages, so a slow download doesn't affect anybody else.
"""

import json
from datetime import datetime

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from chat_app.database import in_read_thread
from chat_app.models import Membership, Message

PAGE_SIZE = 200


async def write(user):
    """Yield the parts of a JSON object: the account first, then each of the sections below."""
    await sync_to_async(close_old_connections)()  # the request's own connection is no longer needed
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
    """Return a row as JSON, with dates as text."""
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
    """The next page of rooms that the user has entered, as (membership's id, data to export)."""
    memberships = Membership.objects.filter(user=user, pk__gt=after).select_related("room")
    return [(each.pk, describe_room(each)) for each in memberships.order_by("pk")[:PAGE_SIZE]]


def describe_room(membership):
    """A room, the user's role in it, and how far they have read."""
    return {
        "name": membership.room.name,
        "private": membership.room.private,
        "owner": membership.room.owner_id == membership.user_id,
        "read_up_to": membership.seen,
    }


@in_read_thread
def read_messages(user, after):
    """The next page of messages that the user has written, as (message's id, data to export)."""
    own = Message.objects.filter(author=user, kind=Message.Kind.MESSAGE, pk__gt=after)
    page = own.select_related("room").order_by("pk")[:PAGE_SIZE]
    return [(message.pk, describe_message(message)) for message in page]


def describe_message(message):
    """A message with its current text, which is empty if the message was deleted."""
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

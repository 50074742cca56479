"""Where apps on top of this one plug in. This app imports none of them, so it works alone, too.

In the `ready` of their AppConfig, they add to these lists:

- `room_titles`: functions that take a user and return an expression for a query of rooms. Its value
  is what that user sees instead of the room's name, or NULL;
- `exclusions`: models with the fields `room` and `user`. Each row closes a room to a user;
- `stored`: functions that take the messages and changes of a transaction that has just stored them.
  They run in it, with the rooms still locked, so they should be quick.

For the pages, they extend templates of this app in files of the same name, and fill their blocks.
So they stand before this app in INSTALLED_APPS. A page's script hears events of the window:

- `chat-frame`: a frame that this app doesn't know, as `detail`;
- `chat-message-drawn`: a message has been put into the log, with `detail.item`, its `<li>`, and
  `detail.message`. Those that the server has drawn are there already;
- `chat-text`: the text of the message `detail.item` has been drawn, or drawn anew;
- `chat-menu`: the menu of the message `detail.item` opens. With a label in the block `others_menu`,
  the messages of others have a menu too;
- `chat-rooms-drawn`: the list of rooms has been drawn anew. `chat-rooms-outdated` asks for that;
- `chat-forgotten`: the user is logged out, so nothing of theirs may stay on the screen.

`hub.notify_rooms` sends a frame to the open pages of some rooms, with `only_user` to those of one
user.
"""

from django.db.models import CharField, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

room_titles = []
exclusions = []
stored = []


def room_title(user):
    """In a query for rooms: what the user sees as the room's name."""
    titles = [make_title(user) for make_title in room_titles]
    return Coalesce(*titles, "name", output_field=CharField()) if titles else F("name")


def excluded_rooms(user):
    """In a query for rooms: those that are closed to the user."""
    condition = Q(pk__in=[])
    for model in exclusions:
        condition |= Q(pk__in=model.objects.filter(user=user).values("room"))
    return condition


def is_guarded():
    """In a query for rooms: whether the room is closed to anybody."""
    condition = Q(pk__in=[])
    for model in exclusions:
        condition |= Q(Exists(model.objects.filter(room=OuterRef("pk"))))
    return condition


def find_excluded(room_ids, user_ids):
    """{(room id, user id)} of those users to whom a room is closed. Only guarded rooms need it."""
    excluded = set()
    if not room_ids:
        return excluded
    for model in exclusions:
        rows = model.objects.filter(room__in=room_ids, user__in=user_ids)
        excluded.update(rows.values_list("room_id", "user_id"))
    return excluded


def notify_stored(messages):
    """Tell the plugins which messages and changes a transaction has stored."""
    for react in stored:
        react(messages)

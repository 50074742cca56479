"""The hooks for apps that extend this one. It imports none of them, so it also works alone.

Apps add to these lists in the `ready` method of their AppConfig:

- `room_titles`: functions that take a user and return an expression for a query of rooms. Its value
  is what that user sees instead of the room's name, or NULL;
- `exclusions`: models with the fields `room` and `user`. Each row closes a room to a user;
- `stored`: functions that are called with the messages and changes that a transaction has stored.
  They run inside it, with the rooms still locked, so they should be quick.

To change the pages, apps extend this app's templates in files of the same name, and fill their
blocks. For that, they have to come before this app in INSTALLED_APPS. A page's script can listen to
events on the window:

- `chat-frame`: a frame that this app doesn't know, as `detail`;
- `chat-message-drawn`: a message has been added to the log, with `detail.item`, its `<li>`, and
  `detail.message`. There is no event for messages that the server has rendered;
- `chat-text`: the text of the message `detail.item` has been drawn or redrawn;
- `chat-menu`: the menu of the message `detail.item` opens. With a label in the block `others_menu`,
  other people's messages have a menu too;
- `chat-rooms-drawn`: the list of rooms has been redrawn. To ask for that, dispatch
  `chat-rooms-outdated`;
- `chat-forgotten`: the user has logged out, so nothing of theirs may stay on the screen.

`hub.notify_rooms` sends a frame to everybody's open pages in some rooms, or with `only_user` to one
user's.
"""

from django.db.models import CharField, Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

room_titles = []
exclusions = []
stored = []


def room_title(user):
    """In a query for rooms: the room's name as the user sees it."""
    titles = [make_title(user) for make_title in room_titles]
    return Coalesce(*titles, "name", output_field=CharField()) if titles else F("name")


def excluded_rooms(user):
    """In a query for rooms: those that are closed to the user."""
    condition = Q(pk__in=[])
    for model in exclusions:
        condition |= Q(pk__in=model.objects.filter(user=user).values("room"))
    return condition


def is_guarded():
    """In a query for rooms: whether the room is closed to at least one user."""
    condition = Q(pk__in=[])
    for model in exclusions:
        condition |= Q(Exists(model.objects.filter(room=OuterRef("pk"))))
    return condition


def find_excluded(room_ids, user_ids):
    """Return {(room id, user id)} for users who are shut out. Only needed for guarded rooms."""
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

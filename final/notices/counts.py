"""How much is unread in the rooms of any number of users, with one query for all of them."""

from collections import defaultdict

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from chat_app import plugins
from chat_app.database import in_read_thread
from chat_app.models import Room
from notices.models import Mention


def count_unread(user_ids):
    """Return {user id: {room's name: {"unread": …, "mentions": …}}}, without rooms fully read.

    A room that is closed to a user isn't included, however far they had read it.
    """
    rooms = Room.objects.filter(membership__user__in=user_ids, head__gt=F("membership__seen"))
    rooms = rooms.annotate(reader=F("membership__user"), seen=F("membership__seen"))
    rooms = rooms.count_unread().filter(unread__gt=0).annotate(mentions=mentions_after_seen())
    rows = list(rooms.values_list("pk", "name", "reader", "unread", "mentions"))
    excluded = plugins.find_excluded({row[0] for row in rows}, user_ids)
    counts = defaultdict(dict)
    for room_id, name, user_id, unread, mentions in rows:
        if (room_id, user_id) not in excluded:
            counts[user_id][name] = {"unread": unread, "mentions": mentions}
    return counts


def mentions_after_seen():
    """In a query for rooms with `reader` and `seen`: how many unread ones mention the reader."""
    mentions = Mention.objects.filter(
        room=OuterRef("pk"), user=OuterRef("reader"), seq__gt=OuterRef("seen")
    )
    numbers = mentions.values("room").annotate(number=Count("pk"))
    return Coalesce(Subquery(numbers.values("number")), 0)


count_in_thread = in_read_thread(count_unread)

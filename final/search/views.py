"""The page that searches the messages of all rooms that its user may see."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db import OperationalError
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat_app import throttles
from chat_app.models import Message, Room
from chat_app.views import get_room, read_number
from search import index, snippets
from search.forms import MessageSearchForm
from search.query import Query, parse

PAGE_SIZE = 20

searches = throttles.Throttle("SEARCH_BURST", "SEARCHES_PER_MINUTE", 60)


@dataclass
class Result:
    """A found message, its room with its title, and the part of its text to show."""

    message: Message
    room: Room
    parts: list[snippets.Part]


@never_cache
@require_safe
@login_required
def messages(request):
    """The newest messages that match a query, page by page: ?q=WORDS&room=NAME&before=ID.

    With a room, only its messages are searched, unless the box for all rooms is checked.
    """
    name = request.GET.get("room", "")
    room = get_room(request.user, name) if name else None
    form = MessageSearchForm(request.GET)
    query = parse(form.cleaned_data["q"]) if form.is_valid() else Query()
    context = {"form": form, "room": room}
    if not query.wanted:
        return render(request, "search/messages.html", context)
    wait = searches.take(request.user.pk)
    if wait:
        return throttles.too_many(request, wait)
    only_in = None if form.cleaned_data["everywhere"] else room
    if not index.catch_up():
        return render(request, "search/messages.html", context | {"is_behind": True}, status=503)
    try:
        context |= find(request, query, only_in)
    except OperationalError as error:
        if not index.has_timed_out(error):
            raise
        return render(request, "search/messages.html", context | {"is_late": True}, status=503)
    return render(request, "search/messages.html", context)


def find(request, query, room):
    """The context for a page of results, newest first."""
    before = read_number(request, "before")
    rooms = Room.objects.visible_to(request.user)
    found = Message.objects.filter(kind=Message.Kind.MESSAGE).filter(index.matches(query))
    found = found.filter(room=room) if room else found.filter(room__in=rooms)
    if before is not None:
        found = found.filter(pk__lt=before)
    with index.limited_time():
        page = list(found.select_related("author").order_by("-pk")[: PAGE_SIZE + 1])
    shown = page[:PAGE_SIZE]
    in_rooms = rooms.with_titles(request.user).in_bulk({message.room_id for message in shown})
    results = [
        Result(message, in_rooms[message.room_id], snippets.cut(message.text, query))
        for message in shown
        if message.room_id in in_rooms  # it may have just been closed
    ]
    older = request.GET.dict() | {"before": shown[-1].pk} if len(page) > PAGE_SIZE else None
    return {"results": results, "before": before, "older": older and urlencode(older)}

"""Tells a room's page which of the names in its messages belong to members of the room."""

from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chat_app.views import get_room
from notices.mentions import find_members
from notices.names import MAX_LENGTH

MAX_NAMES = 50


@never_cache
@require_safe
@login_required
def names(request, room_name):
    """Return {name as typed: the member's username}, for ?name=…&name=…"""
    room = get_room(request.user, room_name)
    asked = {name for name in request.GET.getlist("name")[:MAX_NAMES] if len(name) <= MAX_LENGTH}
    members = find_members([room.pk], asked)
    found = {name: min(users.values()) for (_, name), users in members.items()}
    return JsonResponse({"names": found})

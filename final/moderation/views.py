"""The pages: report a message, mute its author, and list the people you've muted.

The script of the room's page shows the first of them in a dialog.
"""

from django.contrib import messages as notices
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat_app import throttles
from chat_app.models import Message
from chat_app.views import get_room
from moderation import actions
from moderation.forms import NameForm, ReportForm
from moderation.models import Mute, Report

PEOPLE_PER_PAGE = 50
THANKS = "Thank you. The moderators will look at this message."
REPORTED_BEFORE = "You’ve already reported this message."

reports = throttles.Throttle("REPORT_BURST", "REPORTS_PER_HOUR", 3600)


def get_message(user, room_name, seq):
    """Return a message that somebody else wrote, and its room, or raise Http404.

    Nobody can report what they can't see, so deleted messages and closed rooms return 404.
    """
    room = get_room(user, room_name)
    messages = Message.objects.filter(room=room, kind=Message.Kind.MESSAGE, deleted=False)
    others = messages.exclude(author=user).select_related("author", "room")
    return get_object_or_404(others, seq=seq), room


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def report(request, room_name, seq):
    """Report a message to the moderators, or mute its author."""
    message, room = get_message(request.user, room_name, seq)
    form = ReportForm(request.POST or None)
    if form.is_valid():
        wait = reports.take(request.user.pk)
        if wait:
            return throttles.too_many(request, wait)
        texts = form.cleaned_data
        is_new = actions.report(request.user, message, texts["reason"], texts["note"])
        notices.success(request, THANKS if is_new else REPORTED_BEFORE)
        return redirect("moderation:report", room.name, seq)
    own = Report.objects.filter(reporter=request.user, case__room=room, case__seq=seq)
    context = {
        "room": room,
        "message": message,
        "form": form,
        "is_reported": own.exists(),
        "is_muted": Mute.objects.filter(user=request.user, muted=message.author).exists(),
    }
    return render(request, "moderation/report.html", context)


@require_POST
@login_required
def mute(request, room_name, seq):
    """Mute the author of a message."""
    message, room = get_message(request.user, room_name, seq)
    if message.author is None:
        raise Http404
    return change_mute(request, actions.mute, message.author) or redirect(
        "moderation:report", room.name, seq
    )


@require_POST
@login_required
def unmute(request):
    """Show again what somebody writes."""
    form = NameForm(request.POST)
    if not form.is_valid():
        raise Http404
    muted = get_user_model().objects.filter(pk__in=request.user.mutes.values("muted"))
    person = get_object_or_404(muted, username=form.cleaned_data["name"])
    return change_mute(request, actions.unmute, person) or redirect("moderation:mutes")


def change_mute(request, action, person):
    """Mute or unmute somebody. Returns None, or a 429, because each change notifies all pages."""
    wait = throttles.messages.take(request.user.pk)
    if wait:
        return throttles.too_many(request, wait)
    action(request.user, person)
    name = person.get_short_name() or person.username
    verb = "muted" if action is actions.mute else "unmuted"
    notices.success(request, f"You’ve {verb} {name}.")
    return None


@never_cache
@require_safe
@login_required
def mutes(request):
    """The people that the user has muted, page by page."""
    rows = Mute.objects.filter(user=request.user).select_related("muted")
    pages = Paginator(rows.order_by("muted__username"), PEOPLE_PER_PAGE)
    context = {"mutes": pages.get_page(request.GET.get("page"))}
    return render(request, "moderation/mutes.html", context)

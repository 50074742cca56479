"""What moderation adds to the data export: who people have muted, and what they have reported.

The reported texts are left out, because other people wrote them.
"""

from accounts.export import PAGE_SIZE
from chat_app.database import in_read_thread
from moderation.models import Mute, Report


@in_read_thread
def read_mutes(user, after):
    """The next page of people that the user has muted, as (mute's id, data to export)."""
    mutes = Mute.objects.filter(user=user, pk__gt=after).select_related("muted")
    page = mutes.order_by("pk")[:PAGE_SIZE]
    return [(mute.pk, {"username": mute.muted.username, "at": mute.at}) for mute in page]


@in_read_thread
def read_reports(user, after):
    """The next page of reports that the user has made, as (report's id, data to export)."""
    reports = Report.objects.filter(reporter=user, pk__gt=after).select_related("case")
    page = reports.order_by("pk")[:PAGE_SIZE]
    return [(report.pk, describe_report(report)) for report in page]


def describe_report(report):
    """Which message was reported, and the user's note about it."""
    return {
        "room": report.case.room_name,
        "number": report.case.seq,
        "at": report.at,
        "reason": report.reason,
        "note": report.note,
    }

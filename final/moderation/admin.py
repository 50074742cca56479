"""The queue of reports in Django's admin: open cases first, one line for each message.

Staff members need the permission to view reported messages to see it, and the one to change them to
decide. Nobody can edit what was reported or decided.
"""

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Subquery
from django.utils.text import Truncator

from chat_app.models import Message
from moderation import actions
from moderation.models import Case, Decision, Report

SHOWN_CHARACTERS = 100
ERASED = "(erased, because the author has deleted their account)"


class HistoryInline(admin.StackedInline):
    """Read-only rows below a case."""

    extra = 0
    can_delete = False
    has_add_permission = has_change_permission = has_delete_permission = lambda *args: False

    def has_view_permission(self, request, obj=None):
        """Show the rows to everybody who may see the case."""
        return True


class ReportInline(HistoryInline):
    """What people have said about the message."""

    model = Report
    fields = ["text_then", "note", ("reporter", "at")]
    readonly_fields = ["text_then"]

    @admin.display(description="text reported")
    def text_then(self, report):
        """The text when it was reported."""
        return report.text or ERASED


class DecisionInline(HistoryInline):
    """What was done about it."""

    model = Decision
    fields = [("moderator_name", "at")]
    readonly_fields = ["moderator_name", "at"]


def newest_report(field):
    """In a query for cases: a field of the newest report."""
    return Subquery(Report.objects.filter(case=OuterRef("pk")).order_by("-pk").values(field)[:1])


def count_reports():
    """In a query for cases: the number of reports."""
    reports = Report.objects.filter(case=OuterRef("pk")).order_by()
    return Subquery(reports.values("case").annotate(count=Count("pk")).values("count"))


def stored_message(field):
    """In a query for cases: a field of the message as it is now, or NULL if the room is gone."""
    stored = Message.objects.filter(room=OuterRef("room"), seq=OuterRef("seq"))
    return Subquery(stored.values(field)[:1])


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):
    """Reported messages, and the actions for them."""

    list_display = [
        "__str__",
        "author",
        "text_then",
        "text_now",
        "reports",
        "outcome",
    ]
    list_filter = ["is_open", "reports__reason"]
    list_select_related = ["author"]
    list_per_page = 50
    search_fields = ["room_name", "author__username", "reports__text"]
    actions = ["dismiss", "delete_message", "ban_author"]
    fields = ["room_name", "seq", "author", "whole_text_now", "is_open", "reported_at"]
    readonly_fields = ["whole_text_now"]
    inlines = [ReportInline, DecisionInline]

    def get_queryset(self, request):
        """The cases with everything that the list shows, with one more query for decisions."""
        cases = super().get_queryset(request).prefetch_related("decisions")
        return cases.annotate(
            reported_text=newest_report("text"),
            count=count_reports(),
            present_text=stored_message("text"),
            is_deleted=stored_message("deleted"),
        )

    def has_add_permission(self, request):
        """Nobody: cases come from reports."""
        return False

    def has_delete_permission(self, request, obj=None):
        """Nobody may, because the decisions would be deleted with the case."""
        return False

    def has_change_permission(self, request, obj=None):
        """Whether a user may decide. The fields of a case are read-only."""
        return obj is None and super().has_change_permission(request)

    def get_actions(self, request):
        """Remove the ban action if the `rooms` app isn't installed."""
        found = super().get_actions(request)
        if not actions.can_ban():
            found.pop("ban_author", None)
        return found

    def changelist_view(self, request, extra_context=None):
        """The queue, under a title that describes it."""
        return super().changelist_view(request, {**(extra_context or {}), "title": "Reports"})

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a case, with the same actions as the list."""
        offered = [(name, text) for _, name, text in self.get_actions(request).values()]
        context = {**(extra_context or {}), "offered": offered}
        return super().change_view(request, object_id, form_url, context)

    # Columns

    @admin.display(description="text reported")
    def text_then(self, case):
        """The beginning of the text as it was last reported."""
        return Truncator(case.reported_text or ERASED).chars(SHOWN_CHARACTERS)

    @admin.display(description="text now")
    def text_now(self, case):
        """The beginning of the current text, if it's different."""
        if case.present_text == case.reported_text:
            return "unchanged"
        return Truncator(self.whole_text_now(case)).chars(SHOWN_CHARACTERS)

    @admin.display(description="text now")
    def whole_text_now(self, case):
        """The current text, or why there is none."""
        if case.present_text is None:
            return "(gone: the room was deleted)"
        return "(deleted)" if case.is_deleted else case.present_text

    @admin.display(description="reports", ordering="count")
    def reports(self, case):
        """How many people have reported the message, and when the last one did."""
        return f"{case.count}, last {case.reported_at:%Y-%m-%d %H:%M}"

    @admin.display(description="outcome", ordering="is_open")
    def outcome(self, case):
        """Whether the case is open, and what has been done so far."""
        decisions = [f"{each}, {each.at:%Y-%m-%d %H:%M}" for each in case.decisions.all()]
        return "; ".join(["open", *decisions] if case.is_open else decisions)

    # Actions

    @admin.action(description="Dismiss and keep the message", permissions=["change"])
    def dismiss(self, request, cases):
        """Close cases without doing anything."""
        self.decide(request, cases, actions.dismiss, "Dismissed")

    @admin.action(description="Delete the message", permissions=["change"])
    def delete_message(self, request, cases):
        """Delete the messages for everybody."""
        self.decide(request, cases, actions.delete_message, "Deleted")

    @admin.action(description="Ban the author from the room", permissions=["change"])
    def ban_author(self, request, cases):
        """Ban the authors from the rooms of these messages."""
        self.decide(request, cases, actions.ban_author, "Author banned")

    def decide(self, request, cases, action, done):
        """Decide about each case separately, and show what was decided and what failed."""
        for case in cases:
            try:
                action(case, request.user)
            except actions.Refused as refusal:
                self.message_user(request, f"Not done, {case}: {refusal}", messages.WARNING)
            else:
                self.message_user(request, f"{done}: {case}.", messages.SUCCESS)

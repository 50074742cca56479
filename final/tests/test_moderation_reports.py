"""Reports: what they store, who may make them, and what's left of a deleted account."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client

from accounts import export
from accounts.deletion import delete_account
from chat_app.models import Membership, Message
from moderation import actions, views
from moderation.models import Case, Report
from tests.conftest import log_in
from tests.reported import delete, edit, report, url_of, write


@pytest.fixture(autouse=True)
def fresh_limit():
    yield
    views.reports.buckets.clear()


@pytest.fixture
def eve():
    return get_user_model().objects.create_user("eve", password="a fine password")


@pytest.fixture
def message(bob, room):
    return write(bob, room, "buy my <b>books</b>")


def test_a_report_keeps_the_text_the_reporter_the_author_and_the_room(ann, bob, room, message):
    page = log_in(ann)
    assert "buy my &lt;b&gt;books&lt;/b&gt;" in page.get(url_of(message)).text
    answer = page.post(url_of(message), {"reason": "spam", "note": " again \t and again"})
    assert answer.url == url_of(message)
    shown = page.get(answer.url).text
    assert "The moderators will look at this message." in shown
    assert "You’ve reported this message." in shown and "<button>Report</button>" not in shown
    stored = Report.objects.get()
    assert (stored.text, stored.reason, stored.note) == (message.text, "spam", "again and again")
    assert stored.reporter == ann
    assert (stored.case.room, stored.case.seq, stored.case.author) == (room, message.seq, bob)


@pytest.mark.parametrize("change", [lambda message: edit(message, "hello"), delete])
def test_the_reported_text_stays_if_the_author_changes_the_message(ann, message, change):
    report(ann, message)
    change(message)
    assert Report.objects.get().text == "buy my <b>books</b>"


def test_a_person_can_report_a_message_once_and_all_its_reports_form_one_case(
    ann, eve, bob, room, message
):
    report(ann, message)
    again = log_in(ann).post(url_of(message), {"reason": "hate"}, follow=True)
    assert "You’ve already reported this message." in again.text
    edit(message, "buy my shoes")
    report(eve, message)
    report(ann, write(bob, room, "another one"))
    first, second = Case.objects.order_by("seq")
    assert [each.reporter for each in first.reports.order_by("pk")] == [ann, eve]
    texts = ["buy my <b>books</b>", "buy my shoes"]
    assert [each.text for each in first.reports.order_by("pk")] == texts
    assert second.reports.count() == 1


def test_the_same_report_from_two_tabs_is_stored_once(ann, message):
    def send(tab):
        try:
            return actions.report(ann, message, "spam", tab)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(send, ["one", "two"])) == [False, True]
    assert Report.objects.count() == 1


def test_people_cannot_report_their_own_messages_or_other_events(ann, bob, room, message):
    own, deleted = write(ann, room, "mine"), write(bob, room, "gone")
    change = delete(deleted)
    page = log_in(ann)
    for seq in (own.seq, deleted.seq, change.seq, 0, 99, 10**30):
        url = f"/chat/lobby/messages/{seq}/report/"
        assert page.get(url).status_code == 404
        assert page.post(url, {"reason": "spam"}).status_code == 404
    assert not Case.objects.exists()


def test_a_message_in_a_closed_room_looks_like_a_missing_one(ann, bob, secret):
    hidden = write(ann, secret, "between us")
    assert log_in(bob).get(url_of(hidden)).status_code == 404
    assert report(bob, hidden).status_code == 404
    Membership.objects.create(room=secret, user=bob)
    assert "between us" in log_in(bob).get(url_of(hidden)).text
    Membership.objects.filter(user=bob).delete()
    assert report(bob, hidden).status_code == 404
    assert not Case.objects.exists()


def test_reporting_needs_a_login_and_a_token(ann, message):
    assert Client().get(url_of(message)).url.startswith("/accounts/login/")
    assert Client().post(url_of(message), {"reason": "spam"}).url.startswith("/accounts/login/")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ann, "django.contrib.auth.backends.ModelBackend")
    assert browser.post(url_of(message), {"reason": "spam"}).status_code == 403
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "form, problem",
    [
        ({"reason": "other", "note": "  "}, "Say briefly what’s wrong."),
        ({"reason": ""}, "This field is required."),
        ({"reason": "boredom"}, "not one of the available choices"),
        ({"reason": "spam", "note": "x" * 251}, "at most 250 characters"),
    ],
)
def test_the_form_says_what_is_missing(ann, message, form, problem):
    assert problem in log_in(ann).post(url_of(message), form).text
    assert not Case.objects.exists()


def test_reports_are_limited(ann, bob, room, settings):
    settings.CHAT = {**settings.CHAT, "REPORT_BURST": 2}
    statuses = [report(ann, write(bob, room, "spam")).status_code for _ in range(3)]
    assert statuses == [302, 302, 429]
    assert Report.objects.count() == 2


async def test_neither_the_author_nor_the_room_is_told_about_a_report(
    connect, ann, bob, room, message
):
    author = await connect(bob)
    await database_sync_to_async(report)(ann, message)
    heard = {frame["type"] for frame in await author.fence()}
    assert heard <= {"presence"}  # the frame about their own arrival may come late


def test_another_report_reopens_a_case(ann, eve, message):
    report(ann, message)
    actions.dismiss(Case.objects.get(), ann)
    assert not Case.objects.get().is_open
    report(ann, message)
    assert not Case.objects.get().is_open
    report(eve, message)
    assert Case.objects.get().is_open


def test_without_javascript_other_peoples_messages_link_to_the_report_form(ann, bob, room, message):
    own, gone = write(ann, room, "mine"), write(bob, room, "gone")
    delete(gone)
    page = log_in(ann).get("/chat/lobby/").text
    assert f'<noscript> <a href="{url_of(message)}">Report or mute</a></noscript>' in page
    assert url_of(own) not in page and url_of(gone) not in page


def test_a_case_survives_its_room(ann, room, message):
    report(ann, message)
    room.delete()
    case = Case.objects.get()
    assert (case.room, case.room_name, case.seq) == (None, "lobby", message.seq)
    assert case.reports.get().text == "buy my <b>books</b>"
    with pytest.raises(actions.Refused):
        actions.delete_message(case, ann)
    with pytest.raises(actions.Refused):
        actions.ban_author(case, ann)
    actions.dismiss(case, ann)


# Deleted accounts


def test_a_deleted_accounts_reports_stay_without_its_name(ann, eve, message):
    report(eve, message, note="please look")
    delete_account(eve)
    stored = Report.objects.get()
    assert (stored.reporter, stored.note) == (None, "please look")


def test_a_deleted_accounts_text_stays_anonymously_until_the_case_is_closed(ann, bob, message):
    report(ann, message)
    delete_account(bob)
    case = Case.objects.get()
    assert (case.author, case.reports.get().text) == (None, "buy my <b>books</b>")
    with pytest.raises(actions.Refused):
        actions.ban_author(case, ann)
    actions.delete_message(case, ann)
    assert case.reports.get().text == ""
    assert Message.objects.get(seq=message.seq).deleted


def test_deleting_an_account_erases_the_copies_in_closed_cases(ann, bob, eve, room, message):
    report(ann, message)
    actions.dismiss(Case.objects.get(), ann)
    report(ann, write(eve, room, "by somebody else"))
    delete_account(bob)
    assert [each.text for each in Report.objects.order_by("pk")] == ["", "by somebody else"]


async def test_the_data_export_has_the_users_reports_and_mutes(ann, bob, eve, message):
    def fill():
        report(ann, message, note="again")
        report(eve, message, note="not hers")
        actions.mute(ann, bob)
        actions.mute(eve, ann)

    await database_sync_to_async(fill)()
    data = json.loads("".join([part async for part in export.write(ann)]))
    [mute], [own] = data["mutes"], data["reports"]
    assert mute["username"] == "bob"
    expected = {"room": "lobby", "number": message.seq, "reason": "spam", "note": "again"}
    assert own.pop("at") and own == expected
    assert "books" not in json.dumps(data) and "not hers" not in json.dumps(data)

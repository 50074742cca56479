"""The queue of reports in the admin. test_moderation_left_out.py runs this with the admin on."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from accounts.deletion import delete_account
from chat_app.models import Membership, Message
from moderation import actions
from moderation.models import Case, Decision
from rooms.models import Ban
from tests.conftest import log_in
from tests.reported import delete, edit, write

QUEUE = "/admin/moderation/case/"


def make_moderator(name, *permissions):
    """Create a staff member with these permissions on cases."""
    user = get_user_model().objects.create_user(name, is_staff=True)
    ContentType.objects.clear_cache()  # the last test emptied the table
    kind = ContentType.objects.get_for_model(Case)
    for codename in permissions:
        permission, _ = Permission.objects.get_or_create(
            content_type=kind, codename=f"{codename}_case", defaults={"name": codename}
        )
        user.user_permissions.add(permission)
    return user


@pytest.fixture
def moderator():
    return make_moderator("mod", "view", "change")


@pytest.fixture
def case(ann, bob, room):
    """A message from bob in ann's room that ann has reported."""
    message = write(bob, room, "buy my <b>books</b>")
    actions.report(ann, message, "spam", "again and again")
    return Case.objects.get()


def act(user, action, *cases):
    form = {"action": action, "index": 0, "_selected_action": [case.pk for case in cases]}
    return log_in(user).post(QUEUE, form, follow=True)


def test_the_queue_shows_the_reported_and_the_current_text(ann, bob, moderator, case):
    queue = log_in(moderator)
    page = queue.get(QUEUE).text
    assert "buy my &lt;b&gt;books&lt;/b&gt;" in page and "<b>books" not in page
    assert "unchanged" in page and '<td class="field-reports">1, last 2' in page
    message = Message.objects.get()
    edit(message, "nice weather")
    for url in (QUEUE, f"{QUEUE}{case.pk}/change/"):
        page = queue.get(url).text
        assert "nice weather" in page and "buy my &lt;b&gt;books&lt;/b&gt;" in page
    assert "again and again" in page and "ann" in page and "Spam or advertising" in page
    delete(message)
    page = queue.get(QUEUE).text
    assert "(deleted)" in page and "buy my &lt;b&gt;books&lt;/b&gt;" in page


def test_open_cases_come_first_with_their_number_of_reports(ann, bob, room, moderator, case):
    newer = write(bob, room, "another one")
    actions.report(ann, newer, "spam", "")
    eve = get_user_model().objects.create(username="eve")
    actions.report(eve, newer, "hate", "")
    cases = log_in(moderator).get(QUEUE).context["cl"].result_list
    assert [(each.seq, each.count) for each in cases] == [(newer.seq, 2), (case.seq, 1)]
    actions.dismiss(Case.objects.get(seq=newer.seq), moderator)
    cases = log_in(moderator).get(QUEUE).context["cl"].result_list
    assert [each.seq for each in cases] == [case.seq, newer.seq]
    for search in ("?q=books", "?q=bob", "?q=lobby", "?is_open__exact=1", "?reports__reason=spam"):
        found = log_in(moderator).get(QUEUE + search).context["cl"].result_list
        assert case.seq in [each.seq for each in found]


def test_the_list_takes_as_many_queries_for_twenty_cases_as_for_one(ann, bob, room, moderator):
    counts = []
    for number in range(20):
        actions.report(ann, write(bob, room, f"text {number}"), "spam", "")
        if number:
            actions.dismiss(Case.objects.get(seq=number + 1), moderator)
        if number in (0, 19):
            queue = log_in(moderator)
            with CaptureQueriesContext(connection) as queries:
                assert queue.get(QUEUE).status_code == 200
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_only_staff_with_the_permission_see_the_queue_and_decide(ann, moderator, case):
    assert log_in(ann).get(QUEUE).status_code == 302
    stranger = make_moderator("stranger")
    assert log_in(stranger).get(QUEUE).status_code == 403
    assert log_in(stranger).get(f"{QUEUE}{case.pk}/change/").status_code == 403
    reader = make_moderator("reader", "view")
    for url in (QUEUE, f"{QUEUE}{case.pk}/change/"):
        assert 'value="dismiss"' not in log_in(reader).get(url).text
        assert 'value="dismiss"' in log_in(moderator).get(url).text
    for user in (ann, stranger, reader):
        for action in ("dismiss", "delete_message", "ban_author"):
            act(user, action, case)
    assert not Decision.objects.exists() and not Message.objects.get(seq=case.seq).deleted
    assert Case.objects.get().is_open


def test_a_dismissed_case_is_closed_and_its_message_stays(moderator, case):
    assert "Dismissed: lobby, message 1." in act(moderator, "dismiss", case).text
    assert not Case.objects.get().is_open and not Message.objects.get().deleted
    assert "Someone has already handled it." in act(moderator, "dismiss", case).text
    assert Decision.objects.count() == 1


async def test_a_message_is_deleted_on_all_open_pages_anonymously(
    connect, ann, bob, secret, moderator, layer
):
    def make_case():
        Membership.objects.create(room=secret, user=bob)
        write(ann, secret, "first")
        actions.report(ann, write(bob, secret, "buy my books"), "spam", "")
        return Case.objects.get()

    case = await database_sync_to_async(make_case)()
    readers = [await connect(user, "secret") for user in (ann, bob)]
    await database_sync_to_async(act)(moderator, "delete_message", case)
    for reader in readers:
        [change] = (await reader.hear("messages"))["messages"]
        assert (change["seq"], change["deletes"], change["author"]) == (3, 2, None)
    stored = await Message.objects.aget(room=secret, seq=2)
    assert (stored.text, stored.deleted) == ("", True)
    for reader in readers:
        await reader.say("still here")
        await reader.hear("ack")


def test_a_message_can_be_deleted_only_once(ann, moderator, case):
    assert "Deleted: lobby, message 1." in act(moderator, "delete_message", case).text
    assert "The message has already been deleted." in act(moderator, "delete_message", case).text
    assert Decision.objects.count() == 1
    assert "Message deleted" in log_in(ann).get("/chat/lobby/").text


async def test_a_banned_author_is_disconnected_and_stays_out(connect, ann, bob, moderator, case):
    author, owner = await connect(bob), await connect(ann)
    page = await database_sync_to_async(act)(moderator, "ban_author", case)
    assert "Author banned: lobby, message 1." in page.text
    assert await author.closed() == 4403
    assert await (await connect(bob, welcome=False)).closed() == 4403
    assert await Ban.objects.filter(user=bob).acount() == 1
    await owner.say("still here")
    await owner.hear("ack")


def test_without_the_rooms_app_nobody_can_be_banned(moderator, case, monkeypatch):
    monkeypatch.setattr(actions, "can_ban", lambda: False)
    page = log_in(moderator).get(QUEUE).text
    assert 'value="dismiss"' in page and 'value="ban_author"' not in page
    act(moderator, "ban_author", case)
    assert not Ban.objects.exists() and not Decision.objects.exists()


def test_a_rooms_owner_cannot_be_banned_from_it(ann, bob, room, moderator):
    actions.report(bob, write(ann, room, "my own rules"), "harassment", "")
    page = act(moderator, "ban_author", Case.objects.get()).text
    assert "The owner of a room can&#x27;t be removed from it." in page
    assert not Ban.objects.exists() and Case.objects.get().is_open


def test_a_case_can_have_several_decisions_and_the_queue_shows_them(moderator, case):
    for action in ("delete_message", "ban_author"):
        act(moderator, action, case)
    page = log_in(moderator).get(QUEUE).text
    assert "author banned from the room by mod" in page and "message deleted by mod" in page
    page = log_in(moderator).get(f"{QUEUE}{case.pk}/change/").text
    assert "author banned from the room" in page and "message deleted" in page


def test_decisions_and_reports_cannot_be_edited(moderator, case):
    act(moderator, "dismiss", case)
    page = log_in(moderator).get(f"{QUEUE}{case.pk}/change/").text
    assert "<textarea" not in page and 'name="_save"' not in page
    for url in (f"{QUEUE}{case.pk}/change/", f"{QUEUE}{case.pk}/delete/", f"{QUEUE}add/"):
        form = {"is_open": "on", "room_name": "x", "seq": 9, "post": "yes"}
        assert log_in(moderator).post(url, form).status_code == 403
    decision = Decision.objects.get()
    decision.moderator_name = "somebody else"
    with pytest.raises(TypeError):
        decision.save()
    with pytest.raises(TypeError):
        decision.delete()
    stored = Decision.objects.get()
    assert (stored.action, stored.moderator, stored.moderator_name) == ("dismiss", moderator, "mod")
    assert stored.at is not None and not Case.objects.get().is_open


def test_a_decision_keeps_the_name_of_a_moderator_who_has_left(moderator, case):
    act(moderator, "dismiss", case)
    delete_account(moderator)
    decision = Decision.objects.get()
    assert (decision.moderator, decision.moderator_name) == (None, "mod")


def test_if_two_moderators_decide_at_once_the_second_is_told(ann, moderator, case):
    def dismiss(user):
        try:
            actions.dismiss(case, user)
        except actions.Refused as refusal:
            return str(refusal)
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(dismiss, (ann, moderator)))
    assert answers == ["Someone has already handled it.", "done"]
    assert Decision.objects.count() == 1


def test_a_deleted_authors_text_is_shown_until_the_case_is_closed(bob, moderator, case):
    delete_account(bob)
    assert "buy my" in log_in(moderator).get(QUEUE).text
    act(moderator, "dismiss", case)
    page = log_in(moderator).get(f"{QUEUE}{case.pk}/change/").text
    assert "(erased, because the author has deleted their account)" in page
    assert case.reports.get().text == ""

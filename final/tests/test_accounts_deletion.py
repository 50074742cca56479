"""How an account is deleted: one transaction, and few events."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import deletion
from chat_app import messages, signals
from chat_app.messages import Draft
from chat_app.models import Membership, Message, Room
from tests.conftest import log_in

PASSWORD = "a fine password"


def store(author, room, count):
    drafts = [
        Draft(room.pk, author, f"12345678-1234-4234-8234-{number:012}", f"text {number}")
        for number in range(count)
    ]
    messages.store(drafts)


def delete(browser, password=PASSWORD):
    return browser.post("/accounts/delete/", {"password": password})


def test_a_failed_deletion_is_rolled_back(ann, room, secret, monkeypatch):
    store(ann, room, 3)
    store_in_secret = Draft(secret.pk, ann, "12345678-1234-4234-8234-000000000009", "secret")
    messages.store([store_in_secret])
    browser = log_in(ann)

    def fail(request):
        raise OSError("the last part fails")

    monkeypatch.setattr("accounts.views.logout", fail)
    with pytest.raises(OSError):
        delete(browser)
    assert get_user_model().objects.get() == ann
    assert Message.objects.filter(author=ann).count() == 4
    assert Room.objects.filter(owner=ann).count() == 2
    assert Session.objects.count() == 1
    assert browser.get("/accounts/").status_code == 200


def test_many_messages_are_anonymised_in_several_batches(ann, bob, room, monkeypatch):
    monkeypatch.setattr(deletion, "BATCH_SIZE", 4)
    store(ann, room, 10)
    store(bob, room, 3)
    assert delete(log_in(ann)).status_code == 302
    authors = Message.objects.order_by("seq").values_list("author", flat=True)
    assert list(authors) == [None] * 10 + [bob.pk] * 3


def test_all_sockets_are_notified_with_one_event_for_any_number_of_rooms(ann, monkeypatch):
    rooms = Room.objects.bulk_create([Room(name=f"room-{number}") for number in range(7)])
    Membership.objects.bulk_create([Membership(room=room, user=ann) for room in rooms])
    told = []
    monkeypatch.setattr(signals, "notify_rooms", lambda rooms, **event: told.append((rooms, event)))
    user_id = ann.pk
    get_user_model().objects.get(pk=user_id).delete()
    [(told_rooms, event)] = told
    assert sorted(told_rooms) == sorted(room.pk for room in rooms)
    assert event == {"recheck": user_id}


def test_records_of_wrong_passwords_are_deleted(ann):
    Client().post("/accounts/login/", {"username": "ann", "password": "wrong"})
    assert AccessAttempt.objects.filter(username="ann").exists()
    assert delete(log_in(ann)).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_wrong_passwords_are_counted_and_delete_nothing(ann):
    browser = log_in(ann)
    statuses = [delete(browser, "wrong").status_code for _ in range(12)]
    assert statuses[0] == 200 and statuses[-1] == 429
    assert delete(browser).status_code == 429
    assert get_user_model().objects.get() == ann


def test_only_the_owner_can_delete_an_account(ann):
    assert Client().get("/accounts/delete/").url.startswith("/accounts/login/")
    assert delete(Client()).status_code == 302
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ann, "django.contrib.auth.backends.ModelBackend")
    assert delete(browser).status_code == 403
    assert get_user_model().objects.get() == ann


def test_the_name_is_free_afterwards_and_restores_nothing(ann, room):
    store(ann, room, 1)
    browser = log_in(ann)
    delete(browser)
    assert "Your account has been deleted" in browser.get("/accounts/deleted/").text
    form = {"username": "ann", "password1": PASSWORD, "password2": PASSWORD}
    assert browser.post("/accounts/signup/", form).status_code == 302
    assert Message.objects.get().author is None
    assert "Deleted account" in browser.get("/chat/lobby/").text

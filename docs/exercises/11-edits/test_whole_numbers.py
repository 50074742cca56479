import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone


@pytest.fixture
def admin(cookies, db):
    """A browser in which somebody is logged in who may do anything."""
    users = get_user_model().objects
    boss = users.filter(username="boss").first() or users.create_superuser("boss")
    client = Client()
    client.force_login(boss)
    return client


@pytest.fixture
def message(room, cookies):
    found = apps.get_model("chat_app", "Room").objects.get(name=room)
    ann = get_user_model().objects.get(username="Ann")
    return found.message_set.create(seq=1, author=ann, text="tea", at=timezone.now())


def test_the_admin_shows_a_message(admin, message):
    assert admin.get("/admin/chat_app/message/").status_code == 200
    page = admin.get(f"/admin/chat_app/message/{message.pk}/change/")
    assert page.status_code == 200 and "tea" in page.text


def test_the_admin_deletes_no_message(admin, message):
    path = f"/admin/chat_app/message/{message.pk}/delete/"
    assert admin.post(path, {"post": "yes"}).status_code == 403
    fields = {"action": "delete_selected", "_selected_action": message.pk, "post": "yes"}
    admin.post("/admin/chat_app/message/", fields)
    assert apps.get_model("chat_app", "Message").objects.filter(pk=message.pk).exists()


def test_the_admin_adds_no_message(admin):
    assert admin.get("/admin/chat_app/message/add/").status_code == 403

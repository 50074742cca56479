"""The people and the conversation of `manage.py demo`."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from chat_app.models import Message, Room

SIGN_UP = {"password1": "a fine password", "password2": "a fine password"}


@pytest.fixture(autouse=True)
def debug(settings):
    settings.DEBUG = True


def test_the_demo_is_refused_on_a_public_site(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="Set DEBUG=1"):
        call_command("demo")
    assert not get_user_model().objects.exists() and not Room.objects.exists()


def demo(capsys):
    call_command("demo")
    return capsys.readouterr().out


@pytest.fixture
def visitor(client):
    """A signed-up user. Signing up creates the lobby."""
    client.post("/accounts/signup/", {"username": "dora", **SIGN_UP})
    assert Room.objects.filter(name="lobby").exists()


@pytest.mark.parametrize("earlier", ["nobody", "visitor"])
def test_the_demo_creates_people_who_can_log_in(capsys, request, earlier):
    if earlier == "visitor":
        request.getfixturevalue("visitor")
    output = demo(capsys)
    assert output == "Log in as ann, bob or cem with the password channels-workshop.\n"
    for name in ("ann", "bob", "cem"):
        user = get_user_model().objects.get(username=name)
        assert user.check_password("channels-workshop")
    assert Message.objects.filter(room__name="lobby").count() == 4


def test_a_second_demo_changes_nothing(capsys):
    assert demo(capsys) == demo(capsys)
    assert get_user_model().objects.count() == 3
    assert Message.objects.count() == 4


def test_a_name_that_was_already_taken_is_not_offered(capsys, bob):
    output = demo(capsys)
    assert "Log in as ann or cem with" in output
    assert "bob had signed up before" in output
    assert not Message.objects.filter(author=bob).exists()

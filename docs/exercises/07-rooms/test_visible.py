import pytest
from conftest import make_room
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command


@pytest.fixture
def private(room, cookies):
    """The name of a private room of Ann's."""
    ann = get_user_model().objects.get(username="Ann")
    name = make_room(f"private-{room}", private=True, owner=ann)
    found = apps.get_model("chat_app", "Room").objects.get(name=name)
    apps.get_model("chat_app", "Membership").objects.create(room=found, user=ann)
    return name


def rooms_of(name, capsys):
    call_command("visible", name)
    return capsys.readouterr().out.splitlines()


def test_everybody_sees_public_rooms_and_members_their_private_ones(room, private, capsys):
    of_ann, of_bob = rooms_of("Ann", capsys), rooms_of("Bob", capsys)
    assert room in of_ann and private in of_ann
    assert room in of_bob and private not in of_bob


def test_a_name_that_nobody_has_is_an_error(cookies):
    with pytest.raises(CommandError, match="nobody-at-all"):
        call_command("visible", "nobody-at-all")

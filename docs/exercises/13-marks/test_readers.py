import pytest
from django.apps import apps
from django.core.management import call_command
from test_rooms import user_called


@pytest.fixture
def marks(room, cookies):
    """How far some people have read the room, and one of them another room."""
    rooms, memberships = (
        apps.get_model("chat_app", name).objects for name in ("Room", "Membership")
    )
    here, elsewhere = rooms.get(name=room), rooms.create(name=f"{room}-2")
    for name, seen in (("Cem", 4), ("Ann", 4), ("Bob", 12)):
        memberships.create(room=here, user=user_called(name), seen=seen)
    memberships.create(room=elsewhere, user=user_called("Ann"), seen=99)


def readers_of(room, capsys):
    call_command("readers", room)
    return capsys.readouterr().out.splitlines()


def test_the_command_names_those_who_have_read_most_first(room, marks, capsys):
    assert readers_of(room, capsys) == ["Bob 12", "Ann 4", "Cem 4"]


def test_nobody_has_read_an_unknown_room(marks, capsys):
    assert readers_of("nowhere", capsys) == []

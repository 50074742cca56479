import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone


@pytest.fixture
def fill(room, cookies):
    """Give a room a head and messages with certain numbers; return the room's name."""

    def give(head, numbers):
        found = apps.get_model("chat_app", "Room").objects.get(name=room)
        ann = get_user_model().objects.get(username="Ann")
        for seq in numbers:
            found.message_set.create(seq=seq, author=ann, text="tea", at=timezone.now())
        found.head = head
        found.save()
        return room

    return give


def line_about(room, capsys):
    """Return what the command prints about a room; other tests have left rooms as well."""
    call_command("gaps")
    lines = capsys.readouterr().out.splitlines()
    return next((line for line in lines if line.startswith(f"{room}:")), None)


def test_nothing_is_said_about_a_room_without_gaps(fill, capsys):
    assert line_about(fill(3, [1, 2, 3]), capsys) is None


def test_nothing_is_said_about_an_empty_room(fill, capsys):
    assert line_about(fill(0, []), capsys) is None


@pytest.mark.parametrize(("head", "numbers", "missing"), [(4, [1, 3], "[2, 4]"), (2, [], "[1, 2]")])
def test_the_missing_numbers_of_a_room_are_named(fill, capsys, head, numbers, missing):
    assert missing in line_about(fill(head, numbers), capsys)


def test_a_room_with_more_messages_than_its_head_says_is_named(fill, capsys):
    assert line_about(fill(1, [1, 2]), capsys) is not None

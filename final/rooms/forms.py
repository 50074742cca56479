"""The forms of a room's pages: its title and topic, a person, the lifetime of a link."""

import unicodedata
from datetime import timedelta

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q

from chat_app.models import Membership, Message, Room
from rooms.models import RoomDetails

JOINERS = "\u200c\u200d"  # invisible, but some scripts and emoji need them
INVISIBLE = "Use a single line of visible characters."
TITLE_IS_TAKEN = "Another room already has this name. Choose a different one."
NO_MEMBER = "Nobody in this room has this username. Check the spelling."
LIFETIMES = {"1": "a day", "7": "a week", "30": "a month"}


def check_line(text):
    """Raise ValidationError if a text has characters that are invisible or change its direction."""
    hidden = [letter for letter in text if unicodedata.category(letter)[0] in "CZ"]
    if any(letter not in JOINERS + " " for letter in hidden) or not text.strip(JOINERS + " "):
        raise forms.ValidationError(INVISIBLE)


class LineField(forms.CharField):
    """One line of text. Any whitespace between words becomes a single space."""

    default_validators = [check_line]

    def to_python(self, value):
        """Return the text with single spaces."""
        return " ".join(super().to_python(value).split())


class DetailsForm(forms.Form):
    """A room's title and topic."""

    title = LineField(
        label="Name",
        max_length=80,
        help_text="The room’s address stays the same, so links to it keep working.",
    )
    topic = LineField(max_length=250, required=False)

    def __init__(self, *args, room, **kwargs):
        super().__init__(*args, **kwargs)
        self.room = room

    def clean_title(self):
        """Return the title. Raises ValidationError if another public room has it.

        Private rooms aren't compared, because the error would reveal that one exists.
        """
        title = self.cleaned_data["title"]
        others = Room.objects.filter(private=False).exclude(pk=self.room.pk)
        titles = RoomDetails.objects.filter(title__iexact=title)
        is_called_that = Q(name__iexact=title) | Q(pk__in=titles.values("room"))
        if not self.room.private and others.filter(is_called_that).exists():
            raise forms.ValidationError(TITLE_IS_TAKEN)
        return title


class PersonField(forms.ModelChoiceField):
    """A username that has to belong to one of certain users. The valid form has the User."""

    widget = forms.TextInput

    def __init__(self, queryset, **options):
        errors = {"invalid_choice": NO_MEMBER}
        super().__init__(queryset, to_field_name="username", error_messages=errors, **options)


class PersonForm(forms.Form):
    """Somebody who is in a room, or who has written in it."""

    name = PersonField(None)

    def __init__(self, *args, room, **kwargs):
        super().__init__(*args, **kwargs)
        people = get_user_model().objects.filter(is_active=True)
        memberships = Membership.objects.filter(room=room, user=OuterRef("pk"))
        messages = Message.objects.filter(room=room, author=OuterRef("pk"))
        self.fields["name"].queryset = people.filter(Exists(memberships) | Exists(messages))


class HeirForm(forms.Form):
    """The member who becomes the owner of a room."""

    heir = PersonField(None, label="Username")

    def __init__(self, *args, room, **kwargs):
        super().__init__(*args, **kwargs)
        members = get_user_model().objects.filter(is_active=True, membership__room=room)
        self.fields["heir"].queryset = members.exclude(pk=room.owner_id)


class InvitationForm(forms.Form):
    """How long a link is valid."""

    days = forms.ChoiceField(label="Valid for", choices=LIFETIMES.items(), initial="7")

    def clean_days(self):
        """Return the time as a timedelta."""
        return timedelta(days=int(self.cleaned_data["days"]))


class KeyForm(forms.Form):
    """Which link to revoke."""

    key = forms.UUIDField()


class DeletionForm(forms.Form):
    """The title of the room, typed again, so that nobody deletes a room by mistake."""

    typed = forms.CharField(label="Name of the room", max_length=80)

    def __init__(self, *args, room, **kwargs):
        super().__init__(*args, **kwargs)
        self.room = room

    def clean_typed(self):
        """Return the text. Raises ValidationError if it isn't the title."""
        typed = self.cleaned_data["typed"]
        if typed != self.room.title:
            raise forms.ValidationError(f"Type “{self.room.title}”.")
        return typed

"""The forms of the chat: an account, a room, a message, a member, a search."""

import re
import uuid

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from chat_app import protocol
from chat_app.converters import RoomNameConverter
from chat_app.models import Membership, Room
from chat_app.names import check_username

MAX_NAME_LENGTH = Room._meta.get_field("name").max_length
RELOAD = "Reload the page, then send it again."
NAME_IS_TAKEN = "This name is taken. Choose another one."
SUFFIX_LENGTH = 8
SUFFIX_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike


class SignUpForm(UserCreationForm):
    """Django's form, which also rejects names that look like somebody else's."""

    class Meta(UserCreationForm.Meta):
        model = get_user_model()

    def clean_username(self):
        """Return the name. Raises ValidationError if it could be mistaken for another one."""
        name = super().clean_username()
        if name is not None:  # Django returns None for a taken name
            check_username(self["username"].data, name)
        return name


def check_room_name(name):
    """Validate a room's name. Raises ValidationError, which suggests a valid name."""
    if re.fullmatch(RoomNameConverter.regex, name) or len(name) > MAX_NAME_LENGTH:
        return  # MaxLengthValidator reports names that are too long
    sentence = "Use letters from a to z, digits, hyphens and underscores"
    suggestion = slugify(name)
    raise forms.ValidationError(f"{sentence}: {suggestion}" if suggestion else f"{sentence}.")


class RoomForm(forms.ModelForm):
    """A new room. The name of a private one ends in random letters.

    Names are unique, so an accepted name shows that no such room exists. Without the random
    letters, people could find private rooms by trying names.
    """

    class Meta:
        model = Room
        fields = ["name", "private"]
        help_texts = {
            "name": "Letters from a to z, digits, hyphens and underscores.",
            "private": "Only for people you add. The name gets a few random letters.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].validators = [check_room_name, MaxLengthValidator(MAX_NAME_LENGTH)]
        self.fields["private"].label_suffix = ""  # its label is next to the checkbox

    def clean(self):
        """Return the form's data, with the random letters in the name of a private room."""
        data = super().clean()
        if data.get("private") and "name" in data:
            suffix = get_random_string(SUFFIX_LENGTH, SUFFIX_LETTERS)
            longest = MAX_NAME_LENGTH - len(suffix) - 1
            data["name"] = f"{data['name'][:longest]}-{suffix}"
        if Room.objects.filter(name__iexact=data.get("name")).exists():
            self.add_error("name", NAME_IS_TAKEN)  # also if only the capitals differ
        return data

    def create(self):
        """Store the valid form's room, with its owner as a member, or return None.

        None means that somebody else has just taken the name. Two names that differ only in case
        may both be accepted if they are created at the same moment.
        """
        try:
            with transaction.atomic():
                room = self.save()
                Membership.objects.create(room=room, user=room.owner)
        except IntegrityError:
            self.add_error("name", NAME_IS_TAKEN)
            return None
        return room


class MessageForm(forms.Form):
    """A message from a browser without JavaScript, under the same rules as in the socket."""

    use_required_attribute = False

    client_id = forms.UUIDField(
        widget=forms.HiddenInput,
        initial=uuid.uuid4,
        error_messages={"required": RELOAD, "invalid": RELOAD},
    )
    message = forms.CharField(
        strip=False,
        error_messages={"required": protocol.ERRORS["empty"]},
        widget=forms.Textarea(
            attrs={
                "id": "message",
                "rows": 1,
                "dir": "auto",
                "enterkeyhint": "send",
                "placeholder": "Write a message",
                "autocomplete": "off",  # drafts are stored per user, but the browser mixes them up
                "autofocus": True,
                "aria-describedby": "length",
                "data-limit": protocol.MAX_CHARACTERS,
            }
        ),
    )

    def clean_message(self):
        """Return the text with LF line endings, as scripts send it: forms submit CRLF.

        Raises ValidationError with the same message that the socket would send for this text.
        """
        text = self.cleaned_data["message"].replace("\r\n", "\n")
        try:
            return protocol.parse_text(text)
        except protocol.Refused as refusal:
            raise forms.ValidationError(protocol.ERRORS[refusal.code]) from None


class AddMemberForm(forms.Form):
    """A user to add to a private room. The valid form's `username` is that User."""

    username = forms.ModelChoiceField(
        get_user_model().objects,
        to_field_name="username",
        widget=forms.TextInput,
        error_messages={"invalid_choice": "Nobody has this username. Check the spelling."},
    )


class RemoveMemberForm(forms.Form):
    """The name of a member to remove, no longer than a username and without NUL."""

    remove = forms.CharField(max_length=150)


class SearchForm(forms.Form):
    """A part of a room's name to search for, or nothing to list all rooms."""

    q = forms.CharField(
        label="Search rooms",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "enterkeyhint": "search"}),
    )

"""What people fill in: a new room, the name of a member to add."""

from django import forms
from django.contrib.auth import get_user_model

from chat_app.models import Room

RoomForm = forms.modelform_factory(Room, fields=["name", "private"])


class MemberForm(forms.Form):
    username = forms.ModelChoiceField(
        get_user_model().objects,
        to_field_name="username",
        widget=forms.TextInput,
        error_messages={"invalid_choice": "Nobody has this name. Ask for the user name."},
    )

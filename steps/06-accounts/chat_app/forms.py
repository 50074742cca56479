from django import forms
from django.contrib.auth.forms import UserCreationForm

from chat_app.converters import RoomNameConverter
from chat_app.models import User


class SignUpForm(UserCreationForm):
    class Meta:
        model = User
        fields = ["username"]


class RoomForm(forms.Form):
    room_name = forms.RegexField(
        rf"^{RoomNameConverter.regex}\Z",
        label="Room name",
        strip=True,
        error_messages={"invalid": "Use letters, digits, hyphens and underscores, at most 80."},
    )

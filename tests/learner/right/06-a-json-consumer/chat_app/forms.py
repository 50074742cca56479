from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm

from chat_app.converters import RoomNameConverter


class SignUpForm(UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = get_user_model()


class RoomForm(forms.Form):
    room_name = forms.RegexField(
        rf"^{RoomNameConverter.regex}\Z",
        error_messages={"invalid": "Only letters, digits, hyphens and underscores, please."},
    )

from django import forms
from django.contrib.auth.forms import UserCreationForm

from chat_app.models import Room, User


class SignUpForm(UserCreationForm):
    class Meta:
        model = User
        fields = ["username"]


class RoomForm(forms.ModelForm):
    class Meta:
        model = Room
        fields = ["name", "private"]
        error_messages = {"name": {"unique": "This name is taken. Choose another one."}}
        help_texts = {"private": "Only for people whom you add."}


class AddMemberForm(forms.Form):
    username = forms.ModelChoiceField(
        User.objects,
        to_field_name="username",
        widget=forms.TextInput,
        error_messages={"invalid_choice": "Nobody has this name. Ask for the user name."},
    )

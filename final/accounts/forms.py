"""The forms on the account pages."""

from itertools import islice

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordResetForm

from accounts import names
from chat_app.forms import NAME_IS_TAKEN
from chat_app.forms import SignUpForm as ChatSignUpForm
from chat_app.names import LOOKS_LIKE_ANOTHER

MAX_ACCOUNTS = 3


class SignUpForm(ChatSignUpForm):
    """The chat's form, without usernames that look like somebody's display name."""

    def clean_username(self):
        """Return the name. Raises ValidationError."""
        name = super().clean_username()
        if name is not None and names.is_taken(names.plain_name(name)):
            raise forms.ValidationError(LOOKS_LIKE_ANOTHER)
        return name


class DisplayNameForm(forms.Form):
    """The name that others see."""

    name = forms.CharField(
        label="Display name",
        required=False,
        max_length=names.MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text="Shown with your messages. Leave it empty to show your username.",
    )

    def __init__(self, user, *args, **kwargs):
        super().__init__(*args, initial={"name": user.first_name}, **kwargs)
        self.user = user

    def clean_name(self):
        """Return the name. Raises ValidationError if it could be mistaken for another one."""
        return names.clean_display_name(self.cleaned_data["name"], self.user)

    def save(self):
        """Store the valid form's name. Returns False and adds an error if that failed."""
        is_stored = names.set_display_name(self.user, self.cleaned_data["name"])
        if not is_stored:
            self.add_error("name", NAME_IS_TAKEN)
        return is_stored


class PasswordForm(forms.Form):
    """Asks for the password again, in case somebody else finds the page left open."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self):
        """Return the password. Raises ValidationError and counts a failed login if it's wrong."""
        password = self.cleaned_data["password"]
        username = self.request.user.username
        if authenticate(self.request, username=username, password=password) is None:
            raise forms.ValidationError("That isn’t your password.")
        return password


class EmailForm(PasswordForm):
    """The email address for resetting a password."""

    email = forms.EmailField(
        label="Email address",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="Nobody else sees it. Leave it empty to remove it.",
    )
    field_order = ["email", "password"]


class ResetForm(PasswordResetForm):
    """Django's form, limited to a few accounts: the address may be somebody else's."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def get_users(self, email):
        """The accounts that get an email."""
        return islice(super().get_users(email), MAX_ACCOUNTS)

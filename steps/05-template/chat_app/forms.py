from django import forms

from chat_app.converters import RoomNameConverter


class RoomForm(forms.Form):
    room_name = forms.RegexField(
        rf"^{RoomNameConverter.regex}\Z",
        label="Room name",
        strip=True,
        error_messages={"invalid": "Use letters, digits, hyphens and underscores, at most 80."},
    )

"""What the search asks for."""

from django import forms


class MessageSearchForm(forms.Form):
    """The words to search for, and the rooms to search."""

    q = forms.CharField(
        label="Search for",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "enterkeyhint": "search"}),
    )
    everywhere = forms.BooleanField(label="In all rooms", required=False)

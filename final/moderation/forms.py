"""The form for reporting a message."""

from django import forms

from moderation.models import Report

SAY_WHAT = "Say briefly what’s wrong."


class ReportForm(forms.ModelForm):
    """Why a message is reported."""

    reason = forms.ChoiceField(
        label="What’s wrong with it?",
        choices=[("", "Choose a reason"), *Report.Reason.choices],
    )

    class Meta:
        model = Report
        fields = ["reason", "note"]
        labels = {"note": "In a few words"}
        help_texts = {"note": "Required only if you choose “Something else”."}
        widgets = {"note": forms.TextInput(attrs={"autocomplete": "off"})}

    def clean_note(self):
        """Return the note as one line. Raises ValidationError if it's required but missing."""
        note = " ".join(self.cleaned_data["note"].split())
        if not note and self.cleaned_data.get("reason") == Report.Reason.OTHER:
            raise forms.ValidationError(SAY_WHAT)
        return note


class NameForm(forms.Form):
    """The username of somebody to unmute, no longer than a username and without NUL."""

    name = forms.CharField(max_length=150)

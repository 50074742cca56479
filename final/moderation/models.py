"""Who has muted whom, which messages were reported, and what was decided about them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chat_app.models import Room


class Mute(models.Model):
    """A user doesn't want to see another user's messages. Nobody else is told."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mutes")
    muted = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "muted"], name="one_mute"),
            models.CheckConstraint(condition=~Q(user=F("muted")), name="nobody_mutes_themselves"),
        ]

    def __str__(self):
        return f"{self.muted} by {self.user}"


class Case(models.Model):
    """A reported message, with all of its reports.

    It refers to the message by its room and number, so it outlives the room. A new report opens the
    case, and a decision closes it. `reported_at` is the time of the newest report.
    """

    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="+")
    room_name = models.CharField("room", max_length=80)
    seq = models.PositiveBigIntegerField("number")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    is_open = models.BooleanField("open", default=True)
    reported_at = models.DateTimeField("last report")

    class Meta:
        verbose_name = "reported message"
        ordering = ["-is_open", "-reported_at"]
        constraints = [models.UniqueConstraint(fields=["room", "seq"], name="one_case")]
        indexes = [models.Index(fields=["-is_open", "-reported_at"], name="open_cases_first")]

    def __str__(self):
        return f"{self.room_name}, message {self.seq}"


class Report(models.Model):
    """One person's note about a message, with the message's text at that moment.

    The text is kept whatever happens to the message. It is erased when the author has deleted their
    account and the case is closed.
    """

    class Reason(models.TextChoices):
        """What is wrong with the message."""

        HARASSMENT = "harassment", "Harassment or threats"
        HATE = "hate", "Hate speech"
        PRIVACY = "privacy", "Private information"
        SPAM = "spam", "Spam or advertising"
        OTHER = "other", "Something else"

    case = models.ForeignKey(Case, models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    reason = models.CharField(max_length=10, choices=Reason)
    note = models.CharField(max_length=250, blank=True)
    text = models.TextField("text reported", blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["case", "reporter"], name="one_report")]

    def __str__(self):
        return self.get_reason_display()


class Decision(models.Model):
    """A moderator's decision about a case. It is never changed.

    The moderator's name stays even if their account is deleted, because decisions about others have
    to remain accountable.
    """

    class Action(models.TextChoices):
        """What was done."""

        DISMISS = "dismiss", "dismissed"
        DELETE = "delete", "message deleted"
        BAN = "ban", "author banned from the room"

    case = models.ForeignKey(Case, models.CASCADE, related_name="decisions")
    action = models.CharField(max_length=7, choices=Action)
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    moderator_name = models.CharField("by", max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_action_display()} by {self.moderator_name}"

    def save(self, *args, **kwargs):
        """Store a new decision. Raises TypeError if it's already stored."""
        if not self._state.adding:
            raise TypeError("A decision can't be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        """Raise TypeError."""
        raise TypeError("A decision can't be deleted.")

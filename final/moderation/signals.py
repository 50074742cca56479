"""What happens to reports when an account is deleted; the database does the rest."""

from django.contrib.auth import get_user_model
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from moderation.models import Report


@receiver(pre_delete, sender=get_user_model())
def erase_handled_texts(instance, **kwargs):
    """Erase the copies of what the user wrote, except those that a moderator still needs."""
    handled = Report.objects.filter(case__author=instance, case__is_open=False)
    handled.update(text="")

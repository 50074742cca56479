"""Close the open sockets of somebody who is banned, even if it was done in the admin."""

from django.db.models.signals import post_save
from django.dispatch import receiver

from chat_app.signals import recheck
from rooms.models import Ban


@receiver(post_save, sender=Ban)
def recheck_after_ban(instance, **kwargs):
    """Ask the user's sockets in the room, in all processes, to check their rights."""
    recheck(instance.user_id, room_ids=[instance.room_id])

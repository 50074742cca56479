"""Open sockets learn at once that a right is gone: by logout, a new password, a removed member.

Channels looks at the session only when a socket opens. Here whatever may end a right asks the
user's sockets, in every process, to look again. With the layer down, the beat does it.
"""

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from chat_app.hub import tell_rooms
from chat_app.models import Membership


@receiver(post_delete, sender=Session)
@receiver(post_delete, sender=Membership)
@receiver(post_save, sender=get_user_model())
def recheck(instance, **kwargs):
    rooms, user_id = [], instance.pk
    if isinstance(instance, Membership):
        rooms, user_id = [instance.room_id], instance.user_id
    elif isinstance(instance, Session):
        user_id = int(instance.get_decoded().get(SESSION_KEY, 0))
    rooms += Membership.objects.filter(user=user_id).values_list("room", flat=True)
    transaction.on_commit(lambda: tell_rooms(rooms, recheck=user_id))

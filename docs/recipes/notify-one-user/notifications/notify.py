from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


def group_of(user_id):
    return f"user_{user_id}"


def notify(user, text):
    """Show `text` in every open tab of `user`, on whatever server they are connected to."""
    event = {"type": "notification", "text": text}
    async_to_sync(get_channel_layer().group_send)(group_of(user.pk), event)

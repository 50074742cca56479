from django.contrib.auth import get_user_model
from django.core import signing
from django.core.cache import cache

SALT = "websocket ticket"
SECONDS = 30


def issue(user):
    """Return a ticket that opens one WebSocket for `user` within the next 30 seconds."""
    return signing.dumps(user.pk, salt=SALT)


def redeem(ticket):
    """Return the user of a ticket, or None if it is forged, expired or used."""
    try:
        user_id = signing.loads(ticket, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    is_unused = cache.add(f"ticket:{ticket}", True, timeout=SECONDS)
    if not is_unused:
        return None
    return get_user_model().objects.filter(pk=user_id, is_active=True).first()

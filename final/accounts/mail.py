"""Mail, sent from a separate thread, and the link that confirms an email address.

If a response waited for the mail server, its timing would show whether an email was sent, and so
whether the address belongs to an account.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import close_old_connections
from django.template.loader import render_to_string

from accounts import limits

logger = logging.getLogger(__name__)

MAX_WAITING = 100
SALT = "accounts.mail"

thread = ThreadPoolExecutor(1, "mail")
places = BoundedSemaphore(MAX_WAITING)


def send_later(address, send, *args, **kwargs):
    """Call `send`, which sends mail to this address, unless the address is over its limit.

    If the mail server hangs, only a limited number of calls wait for it. The user isn't told in
    either case.
    """
    if limits.mailboxes.take(address.casefold()):
        return
    if not places.acquire(blocking=False):
        logger.warning("An email was dropped: %d others are waiting to be sent.", MAX_WAITING)
        return
    thread.submit(run, send, *args, **kwargs)


def run(send, *args, **kwargs):
    """Send mail, or log why it failed."""
    try:
        send(*args, **kwargs)
    except Exception:
        logger.warning("An email was not sent.", exc_info=True)
    finally:
        close_old_connections()
        places.release()


def make_token(user, email):
    """Return a token. Sending it back proves that the user can read mail to this address."""
    return signing.dumps([user.pk, user.email, email], salt=SALT)


def read_token(user, token):
    """Return the address that a token confirms for this user, or None.

    A token is valid for an hour, and only until the user's address changes.
    """
    try:
        seconds = settings.PASSWORD_RESET_TIMEOUT
        user_id, former, email = signing.loads(token, salt=SALT, max_age=seconds)
    except signing.BadSignature:
        return None
    return email if (user_id, former) == (user.pk, user.email) else None


def send_confirmation(username, email, link):
    """Send the link that confirms an email address."""
    text = render_to_string("accounts/confirm_email.txt", {"username": username, "link": link})
    send_mail("Your email address for Chat", text, None, [email])

"""Mail that a separate thread sends, and the link that confirms an email address.

A response that waited for the mail server would show by its time whether there was a mail to send,
and so whether an address belongs to an account.
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
    """Call `send`, which sends mail to this address, unless it has had enough of it lately.

    If the mail server hangs, only so many calls wait for it. Either way, nobody is told.
    """
    if limits.mailboxes.take(address.casefold()):
        return
    if not places.acquire(blocking=False):
        logger.warning("A mail was dropped: %d others wait to be sent.", MAX_WAITING)
        return
    thread.submit(run, send, *args, **kwargs)


def run(send, *args, **kwargs):
    """Send mail, or log why that failed."""
    try:
        send(*args, **kwargs)
    except Exception:
        logger.warning("A mail was not sent.", exc_info=True)
    finally:
        close_old_connections()
        places.release()


def make_token(user, email):
    """Return what confirms, once it comes back, that the user can read mail to this address."""
    return signing.dumps([user.pk, user.email, email], salt=SALT)


def read_token(user, token):
    """Return the address that a token confirms for this user, or None.

    It's only valid for an hour, and until the user has another address.
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

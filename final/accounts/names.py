"""Display names: they may contain spaces, and are as hard to confuse as usernames."""

import re
import unicodedata

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import DisplayName
from chat_app.names import LOOKS_LIKE_ANOTHER, check_letters, plain_form

MAX_LENGTH = 50
ALLOWED = re.compile(r"[\w .'-]+")


def plain_name(name):
    """The plain form of a display name: "Jo Sé" becomes "jose", like that of the user "jose"."""
    return plain_form(name.replace(" ", ""))


SHOWN_FOR_OTHERS = {plain_name("You"), plain_name("Deleted account")}


def clean_display_name(typed, user):
    """Return the name with single spaces and composed accents. Raises ValidationError.

    Phones type a typographic apostrophe, so it is replaced with the one on keyboards.
    """
    composed = unicodedata.normalize("NFKC", typed.replace("’", "'"))
    name = " ".join(composed.split())
    if not name:
        return ""
    if len(name) > MAX_LENGTH:
        raise ValidationError(f"Use at most {MAX_LENGTH} characters.")
    if not ALLOWED.fullmatch(name) or not any(letter.isalpha() for letter in name):
        raise ValidationError("Use letters, digits, spaces, hyphens, dots and apostrophes.")
    check_letters(typed.replace("’", "'"), name)
    if is_taken(plain_name(name), user):
        raise ValidationError(LOOKS_LIKE_ANOTHER)
    return name


def is_taken(plain, user=None):
    """Whether somebody other than the user has a name with this plain form."""
    if plain in SHOWN_FOR_OTHERS:
        return True
    others = get_user_model().objects.all()
    names = DisplayName.objects.all()
    if user is not None:
        others = others.exclude(pk=user.pk)
        names = names.exclude(user=user)
    return others.filter(plain_username=plain).exists() or names.filter(plain=plain).exists()


def set_display_name(user, name):
    """Store a display name, or remove it if it's empty. Returns False if it was already taken."""
    try:
        with transaction.atomic():
            if name:
                plain = {"plain": plain_name(name)}
                DisplayName.objects.update_or_create(user=user, defaults=plain)
            else:
                DisplayName.objects.filter(user=user).delete()
            user.first_name = name
            user.save(update_fields=["first_name"])
    except IntegrityError:  # someone has just taken it
        return False
    return True

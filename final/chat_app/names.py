"""Reject usernames that look like another one, or that can't be seen.

The rules follow Unicode's "Security Mechanisms" (UTS #39): one script per name, no invisible
letters and no separate accents. A name also can't differ from an existing one only by letters that
look alike.
"""

import unicodedata

from confusable_homoglyphs import categories, confusables
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError

FILLERS = "\u115f\u1160\u3164\uffa0"  # Hangul letters that show nothing
SPACING_LETTERS = "ー々"  # the only modifier letters used in names
SHARED_SCRIPTS = {"COMMON", "INHERITED"}
SCRIPTS_OF_ONE_LANGUAGE = ({"HAN", "HIRAGANA", "KATAKANA"}, {"HAN", "HANGUL"})
LOOKS_LIKE_ANOTHER = "This looks like the name of somebody else."
MAX_PLAIN_LENGTH = 450  # one letter may become several
LATIN_LOOKALIKES = str.maketrans({"I": "l", "1": "l", "0": "o"})


def check_username(typed, name):
    """Raise a ValidationError unless everybody can tell `name` apart from all others.

    `typed` is the name before Django composed its accents. If two names that look alike are chosen
    at the same moment, both may be accepted.
    """
    check_letters(typed, name)
    if get_user_model().objects.filter(plain_username=plain_form(name)).exists():
        raise ValidationError(LOOKS_LIKE_ANOTHER)


def check_letters(typed, name):
    """Raise a ValidationError unless everybody can read and type the letters of `name`."""
    if any(unicodedata.category(letter).startswith("M") for letter in typed):
        raise ValidationError("Type accented letters as one character each, or without accents.")
    if any(is_unclear(letter) for letter in name):
        raise ValidationError("Use letters that everybody can see, and the digits 0 to 9.")
    scripts = categories.unique_aliases(name) - SHARED_SCRIPTS
    if len(scripts) > 1 and not any(scripts <= known for known in SCRIPTS_OF_ONE_LANGUAGE):
        raise ValidationError("Use letters of one alphabet only.")


def is_unclear(letter):
    """Whether a character is invisible, hardly visible, or a digit that others can't read."""
    if letter.isascii() or letter in SPACING_LETTERS:
        return False
    return letter in FILLERS or unicodedata.category(letter) not in ("Lu", "Ll", "Lt", "Lo")


def plain_form(name):
    """The name in the plainest letters that look like it: "Jоsé" becomes "jose", whichever o it
    has.
    """
    letters = unicodedata.normalize("NFKD", name.translate(LATIN_LOOKALIKES))
    plain = "".join(plain_letter(each) for each in letters if not unicodedata.combining(each))
    return plain[:MAX_PLAIN_LENGTH]


def plain_letter(letter):
    """The Latin letter that looks like this one, or the letter itself."""
    found = confusables.is_confusable(letter, greedy=True, preferred_aliases=["latin"])
    for homoglyph in found[0]["homoglyphs"] if found else []:
        if homoglyph["c"].isascii() and homoglyph["c"].isalpha():
            return homoglyph["c"].casefold()
    return letter.casefold()

"""Which words of a text may be mentions: "@ann" is one, "ann@example.org" isn't.

`static/notices/names.js` has the same rule, and a test compares the two.
"""

import re
import unicodedata

MAX_NAMES = 20  # in a message
MAX_LENGTH = 150  # of a username
# What usernames consist of, but not in a URL such as https://example.org/@ann. At its end, a dot,
# a plus or a hyphen belongs to the sentence instead.
NAME = re.compile(r"(?<![\w.@+/-])@(\w(?:[\w.@+-]*\w)?)")


def find_names(text):
    """The names in a text, in order, each once and without its @."""
    composed = unicodedata.normalize("NFC", text)
    names = dict.fromkeys(NAME.findall(composed))
    return [name for name in names if len(name) <= MAX_LENGTH][:MAX_NAMES]

"""Which parts of a text are links: its http and https URLs.

The script draws messages too, so `static/search/links.js` has the same rule in JavaScript. The
pattern lists every character explicitly, because the two languages disagree about what a space or a
letter is, and about which letters differ only in case.
"""

import re

URL = re.compile(
    r"(?<![0-9A-Za-z])[Hh][Tt][Tt][Pp][Ss]?:\/\/"
    # A name starts after that, not with punctuation.
    r"(?![\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\xbf])"
    # No spaces, quotes, brackets like < or {, invisible characters, or punctuation of Chinese.
    r"[^\x00-\x20\x22\x3c\x3e\x5c\x5e\x60\x7b-\xa0\xab\xbb\u1680\u2000-\u200f\u2018-\u201f\u2026"
    r"\u2028-\u202f\u205f-\u206f\u3000-\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\ufeff]+"
)
ENDS_OF_SENTENCES = ".,:;!?'"
BRACKETS = {")": "(", "]": "["}


def split(text):
    """Return the parts of a text in order, as (text, whether it is a link)."""
    parts = []
    end = 0
    for match in URL.finditer(text):
        url = trim(match[0])
        if match.start() > end:
            parts.append((text[end : match.start()], False))
        parts.append((url, True))
        end = match.start() + len(url)
    if end < len(text):
        parts.append((text[end:], False))
    return parts


def trim(url):
    """Leave out what belongs to the sentence: final punctuation, and surplus closing brackets."""
    while url[-1] in ENDS_OF_SENTENCES or is_surplus_bracket(url):
        url = url[:-1]
    return url


def is_surplus_bracket(url):
    """Whether a URL ends in a closing bracket without an opening one."""
    closing = url[-1]
    return closing in BRACKETS and url.count(closing) > url.count(BRACKETS[closing])

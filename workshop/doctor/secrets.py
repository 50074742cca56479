"""Keep passwords off the screen, whatever text they stand in."""

import re

IN_URL = re.compile(r"(?P<head>[a-z][a-z0-9+.-]*://[^\s:@/\"']*):(?P<secret>[^\s\"']+)@", re.I)
NAMED = re.compile(
    r"""(?P<head>["']?\b\w*(?:password|secret|token|encryption_keys?)\w*["']?\s*[:=]\s*\[?\s*)"""
    r"""[rbfu]{0,2}(?P<quote>["'])(?P<secret>.+?)(?P=quote)""",
    re.I,
)
IN_QUERY = re.compile(r"(?P<head>[?&]password=)[^&\s\"']+", re.I)
KEY_IN_LIST = re.compile(r"""(encryption_keys["']?\s*[:=]\s*)\[[^\]]*\]""", re.I)


def masked(text: str) -> str:
    """Return `text` with the passwords of URLs, and what named secrets hold, as `***`."""
    text = IN_URL.sub(r"\g<head>:***@", text)
    text = IN_QUERY.sub(r"\g<head>***", text)
    text = NAMED.sub(r"\g<head>\g<quote>***\g<quote>", text)
    return text

"""Mask passwords, tokens and keys in every text that the doctor quotes."""

import re

HIDDEN = "***"
# A name that holds a secret, as in SECRET_KEY, redis_password, X-Api-Key or sessionid.
NAME = (
    r"(?:[\w-]*(?:passw(?:or)?d|passphrase|passwort|pwd|secret|token|credential|"
    r"authorization|cookie|session_?id|signature|input_value|"
    r"(?:api|access|account|private|encryption|fernet|license|master|signing|storage)[-_ ]?key)"
    r"[\w-]*|(?<![a-z])(?:[\w-]*[_-])?(?:pass|auth|keys?)(?![a-z]))"
)
ASSIGNED = rf"""(?P<head>(?P<mark>["']?)(?<!\w)(?:{NAME})(?P=mark)\s*(?:[=-]>|[:=](?![=:]))\s*)"""
IN_URL = re.compile(r"(?P<head>[a-z][a-z0-9+.-]*://)(?P<secret>[^\s\"']+)@", re.I)
WITHOUT_SCHEME = re.compile(r"(?<![\w/.])(?P<head>[\w.-]*:)[^\s@/:\"']+@(?=[\w.-]+(?::\d|/|\b))")
QUOTED = re.compile(
    ASSIGNED + r"""[rbfu]{0,2}(?P<quote>["'])(?:\\.|(?!(?P=quote)).)*(?:(?P=quote)|$)""",
    re.I | re.M,
)
LISTED = re.compile(ASSIGNED + r"(?P<open>[\[({])(?P<inside>[^\n]+)", re.I)
IN_HEADER = re.compile(
    r"(?P<head>\b(?:(?:proxy-)?authorization|(?:set-)?cookie)[\"']?\s*[:=]\s*)[^\s\"'\[({][^\n\"']*",
    re.I,
)
BARE = re.compile(
    ASSIGNED + r"(?:(?:bearer|basic|digest|token)\s+)?(?!\*\*\*)[^\s&\"'\[({][^\s&\"'<>]*", re.I
)
# The value after `=` may contain spaces and commas. It ends where the next pair starts.
LONG = re.compile(
    ASSIGNED.replace("[:=](?![=:])", "=(?!=)")
    + r"(?!\*\*\*)[^\s&\"'\[({].*?(?=[\s,;&)\]}]+[\w-]+\s*=|[)\]}]*$)",
    re.I | re.M,
)
PAIRED = re.compile(
    rf"(?P<head>(?P<mark>[\"']){NAME}(?P=mark)\s*,\s*)[rbfu]{{0,2}}(?P<quote>[\"'])"
    r"(?:\\.|(?!(?P=quote)).)*(?:(?P=quote)|$)",
    re.I | re.M,
)
SENT = re.compile(r"(?P<head>[`'\"]AUTH[`'\"],?(?: with args beginning with:)?\s+)\S.*", re.I)
SCHEME = re.compile(r"\b(?P<head>(?:bearer|basic)\s+)[\w.~+/=-]{8,}", re.I)
SPOKEN = re.compile(
    rf"(?P<head>(?<!\w){NAME}(?:\s+(?:is|was|value|of|for))*\s+)(?P<quote>[\"'])[^\"'\n]+(?P=quote)",
    re.I,
)
AS_A_PORT = re.compile(r"(?P<head>cast to integer value as )(?P<quote>[\"']).*?(?P=quote)", re.I)
PAIR = {"[": "]", "(": ")", "{": "}"}


def masked(text: str) -> str:
    """Return `text` with passwords in URLs, and the values of secret names, replaced by `***`."""
    text = IN_URL.sub(_without_password, text)
    text = WITHOUT_SCHEME.sub(rf"\g<head>{HIDDEN}@", text)
    text = AS_A_PORT.sub(rf"\g<head>\g<quote>{HIDDEN}\g<quote>", text)
    text = IN_HEADER.sub(rf"\g<head>{HIDDEN}", text)
    text = SENT.sub(rf"\g<head>{HIDDEN}", text)
    text = PAIRED.sub(rf"\g<head>\g<quote>{HIDDEN}\g<quote>", text)
    text = SPOKEN.sub(rf"\g<head>\g<quote>{HIDDEN}\g<quote>", text)
    text = QUOTED.sub(rf"\g<head>\g<quote>{HIDDEN}\g<quote>", text)
    text = LISTED.sub(_without_items, text)
    text = LONG.sub(rf"\g<head>{HIDDEN}", text)
    text = BARE.sub(rf"\g<head>{HIDDEN}", text)
    return SCHEME.sub(rf"\g<head>{HIDDEN}", text)


def is_secret_name(name: str) -> bool:
    """Return whether something called `name` is a secret."""
    return re.fullmatch(NAME, name, re.I) is not None


def _without_password(found: re.Match) -> str:
    user, colon, _ = found["secret"].partition(":")
    return f"{found['head']}{user}:{HIDDEN}@" if colon else f"{found['head']}{HIDDEN}@"


def _without_items(found: re.Match) -> str:
    """Mask the text between a bracket and its closing bracket."""
    opening, inside = found["open"], found["inside"]
    depth = 1
    for at, sign in enumerate(inside):
        depth += (sign in PAIR) - (sign in PAIR.values())
        if not depth:
            return f"{found['head']}{opening}{HIDDEN}{inside[at:]}"
    return f"{found['head']}{opening}{HIDDEN}"

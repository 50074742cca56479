"""The lines of a change as people may see them, without strings that aren't part of it.

Any string in a settings file may be a secret, whatever its name. So of each line, we only show the
code and the strings that the change is about.
"""

import difflib
import re
from collections.abc import Callable

from channels_doctor.redaction.secrets import HIDDEN, is_secret_name, masked

LEFT_OUT = "…"
TOKEN = re.compile(
    r"""(?P<comment>\#.*)
    |(?P<text>(?<!\w)(?P<prefix>[rbfu]{0,2})
      (?P<quote>\"{3}|'{3}|["'])(?P<inside>(?:\\.|(?!(?P=quote)).)*)(?P<end>(?P=quote)|$))
    |(?P<number>(?<![\w.])\d[\w.]*)
    |(?P<name>[^\W\d]\w*)
    |(?P<sign>\S)""",
    re.I | re.X,
)
HARMLESS = re.compile(
    r"[a-z][a-z+]*://[\w.\[\]:-]*(?:/[\w.-]*)?"  # a URL without a user and a query
    r"|localhost|\d+\.\d+\.\d+\.\d+(?::\d+)?"
    r"|(?:channels|channels_redis|daphne|django|whitenoise)(?:\.\w+)*",
    re.I,
)
ALIKE = 0.5  # the share of a text that must remain in the other line to count as changed


def shown(old: tuple[str, ...], new: tuple[str, ...], below: str) -> list[str]:
    """Return the lines of a diff that changes `old` to `new`, located below the line `below`."""
    before, after = _texts(old), _texts(new)
    head = [f"  {_shown(below, lambda text: False)}"] if below else []
    gone = [f"- {_shown(line, lambda text: _goes_on(text, after))}" for line in old]
    made = [f"+ {_shown(line, lambda text: text not in before)}" for line in new]
    return head + gone + made


def _texts(lines: tuple[str, ...]) -> list[str]:
    return [found["inside"] for line in lines for found in TOKEN.finditer(line) if found["text"]]


def _goes_on(text: str, after: list[str]) -> bool:
    """Return whether `text` is still there after the change, in another form."""
    return text not in after and any(
        difflib.SequenceMatcher(None, text, other).ratio() >= ALIKE or text in other
        for other in after
    )


def _shown(line: str, is_about: Callable[[str], bool]) -> str:
    """Return `line`, including only those strings that the change `is_about`."""
    pieces, at, value = [], 0, _Value()
    for found in TOKEN.finditer(line):
        pieces += [line[at : found.start()], value.shown(line, found, is_about)]
        at = found.end()
    return "".join(pieces) + line[at:]


class _Value:
    """Reads a line, and knows whether the current token is the value of a secret name."""

    def __init__(self):
        self.depth, self.secret_at = 0, None
        self.name = self.before = ""

    def shown(self, line: str, found: re.Match, is_about: Callable[[str], bool]) -> str:
        """Return the part of the token `found` to show."""
        before, self.before = self.before, found[0]
        if found["comment"]:
            return f"# {LEFT_OUT}"
        if found["sign"]:
            self._sign(found[0], line[found.end() :])
            return found[0]
        if found["name"]:
            self.name = found[0]
            return found[0]
        if found["number"]:
            return HIDDEN if self.secret_at is not None else found[0]
        return self._text(line, found, before, is_about)

    def _sign(self, sign: str, rest: str) -> None:
        if sign in ":=(" and not rest.startswith("=") and self.secret_at is None:
            if is_secret_name(self.name):
                self.secret_at = self.depth + (sign == "(")
        self.depth += (sign in "[({") - (sign in "])}")
        if self.secret_at is not None:
            if self.depth < self.secret_at or (sign == "," and self.depth == self.secret_at):
                self.secret_at = None
        if sign not in ":=":
            self.name = ""

    def _text(self, line, found, before, is_about) -> str:
        inside, after = found["inside"], line[found.end() :].lstrip()
        is_key = after.startswith(":") or (before == "[" and after.startswith("]"))
        self.name = inside
        if is_key and re.fullmatch(r"[\w.-]+", inside):
            return found[0]
        head, tail = found["prefix"] + found["quote"], found["end"]
        if self.secret_at is not None:
            return f"{head}{HIDDEN}{tail}"
        if HARMLESS.fullmatch(inside) or is_about(inside):
            return f"{head}{_of_url(masked(inside))}{tail}"
        return f"{head}{LEFT_OUT}{tail}"


def _of_url(text: str) -> str:
    """Return `text` without everything before the last @ of a URL."""
    return re.sub(r"(://[^:@/]*:)(?!\*\*\*@).*@", rf"\1{HIDDEN}@", text)

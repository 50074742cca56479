"""Post-process a page's HTML: add what the style sheets need but Markdown can't express."""

import re

from workshop.docs_site import changes

LONGEST = 24  # characters: what fits on a phone's line next to a word
CODE = re.compile(r"<code>([^<\n]+)</code>")
HYPHENATED = re.compile(r"(?<!\S)\S*-\S*")
CHARACTER = re.compile(r"&[^;\s]+;|.")
TO_DO = re.compile(r"<li>(?=☐)")
PLOT = re.compile(r'<p>(<img alt="([^"]+)" src="[^"]*figures/[^"]+"\s*/?>)</p>')


def finished(html: str) -> str:
    """Return a page's HTML with highlighted diffs, and classes for short code, boxes and plots.

    Without the classes, a browser breaks code after a hyphen, so that --port becomes -- and port.
    """
    html = changes.coloured(html)
    html = TO_DO.sub('<li class="to-do">', CODE.sub(_unbroken, html))
    return PLOT.sub(
        r'<div class="diagram-scroll plot" tabindex="0" role="group" aria-label="\2">\1</div>', html
    )


def _unbroken(match: re.Match) -> str:
    if _is_short(match[1]):
        return f'<code class="short">{match[1]}</code>'
    return f"<code>{HYPHENATED.sub(_word, match[1])}</code>"


def _word(match: re.Match) -> str:
    return f'<span class="short">{match[0]}</span>' if _is_short(match[0]) else match[0]


def _is_short(text: str) -> bool:
    return len(CHARACTER.findall(text)) <= LONGEST

"""Highlight the code in diffs, and let readers copy only the new lines."""

import difflib
import html
import re

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from workshop.docs_site.sources import language_of

BLOCK = re.compile(
    r'<div class="language-diff highlight"><span class="filename">(?P<title>[^<]*)</span>'
    r"<pre>(?:<span></span>)?<code>(?P<body>.*?)</code></pre></div>",
    re.DOTALL,
)
TAG = re.compile(r"<[^>]+>")
KINDS = {"+": "gi", "-": "gd", "@": "gu"}


def coloured(page: str) -> str:
    """Return the HTML of a page with all diffs highlighted."""
    return BLOCK.sub(_block, page)


def changed_lines(old: str, new: str) -> str:
    """Return the numbers of the lines of `new` that are not in `old`, as "3-5 8"."""
    lines = (old.splitlines(), new.splitlines())
    matcher = difflib.SequenceMatcher(None, *lines, autojunk=False)
    found = [
        (first + 1, last) for kind, _, _, first, last in matcher.get_opcodes() if kind != "equal"
    ]
    return " ".join(f"{first}-{last}" for first, last in found if first <= last)


def _block(match: re.Match) -> str:
    lines = html.unescape(TAG.sub("", match["body"])).rstrip("\n").split("\n")
    path = html.unescape(match["title"]).split(":")[0].removeprefix("From ")
    new_lines = [line[1:] for line in lines if line.startswith("+")]
    copied = html.escape("\n".join(new_lines), quote=True).replace("\n", "&#10;")
    body = "\n".join(_lines(lines, language_of(path)))
    head = f'<div class="language-diff highlight" data-copy="{copied}">'
    title = f'<span class="filename">{match["title"]}</span>'
    return f"{head}{title}<pre><span></span><code>{body}\n</code></pre></div>"


def _lines(lines: list[str], language: str) -> list[str]:
    """Return the HTML of each line of a change, with syntax highlighting."""
    old = iter(_highlighted([line[1:] for line in lines if line[:1] in ("-", " ", "")], language))
    new = iter(_highlighted([line[1:] for line in lines if line[:1] in ("+", " ", "")], language))
    shown = []
    for line in lines:
        sign = line[:1]
        if sign not in ("+", "-", " ", ""):  # a place, or a remark
            shown.append(f'<span class="gu">{html.escape(line)}</span>')
        elif sign in ("+", "-"):
            code = next(new if sign == "+" else old)
            mark = f'<span class="mark">{sign}</span>'
            shown.append(f'<span class="{KINDS[sign]}">{mark}{code}</span>')
        else:
            next(old)
            shown.append(f'<span class="w">{sign}</span>{next(new)}')
    return shown


def _highlighted(lines: list[str], language: str) -> list[str]:
    """Return the HTML of each of `lines`, which are consecutive lines of a file."""
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=True)
    text = highlight("".join(f"{line}\n" for line in lines), lexer, HtmlFormatter(nowrap=True))
    return _each_closed(text.removesuffix("\n").split("\n"))


def _each_closed(lines: list[str]) -> list[str]:
    """Return `lines`, with tags still open at a line's end closed, and reopened on the next."""
    closed, open_tags = [], []
    for line in lines:
        whole = "".join(open_tags) + line
        for tag in TAG.findall(line):
            if tag.startswith("</"):
                open_tags.pop()
            else:
                open_tags.append(tag)
        closed.append(whole + "</span>" * len(open_tags))
    return closed

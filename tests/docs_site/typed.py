"""Every command that the pages tell people to type, in blocks and in running text."""

import re
from unittest import mock

from doc_pages import blocks, pages

from workshop.base.paths import ROOT
from workshop.docs_site import generated
from workshop.notebooks import lite_site

PROGRAMS = "python python3 pip sudo brew docker redis-cli redis-server daphne uvicorn".split()
INLINE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^ *```(.*)\n((?:.*\n)*?) *```", re.MULTILINE)
with mock.patch.object(lite_site, "built", return_value=None):  # the pages say how to build it
    MADE = generated.pages(ROOT)


def commands():
    """Return every command once, without placeholders for several (python manage.py …)."""
    found = {line for one in blocks() if one.head == "console" for line in one.lines if line}
    for text in MADE.values():
        found |= {
            line.strip()
            for head, inside in FENCE.findall(text)
            if head.strip() == "console"
            for line in inside.splitlines()
        }
    for text in [*pages().values(), *map(without_blocks, MADE.values())]:
        found |= {one for one in INLINE.findall(text) if is_command(one)}
    return sorted(one for one in found if "…" not in one)


def is_command(text):
    words = text.split()
    return "-m workshop" in text or (len(words) > 1 and words[0] in PROGRAMS)


def without_blocks(text):
    return FENCE.sub("", text)

"""A diff on a page has syntax colours, and its button copies only the new lines."""

import html
import re

from workshop.base.paths import ROOT
from workshop.docs_site.changes import changed_lines, coloured
from workshop.docs_site.directives import expand

BLOCK = (
    '<div class="language-diff highlight"><span class="filename">{}: what changes</span>'
    "<pre><span></span><code>{}\n</code></pre></div>"
)
CHANGE = """@@ -1,3 +1,4 @@
 import os
-NAME = "<old>"
+NAME = "<new>"
+
 print(NAME)"""


def shown(path="app.py", change=CHANGE):
    return coloured(BLOCK.format(path, html.escape(change)))


def text_of(block):
    code = block.partition("<code>")[2].partition("</code>")[0]
    return html.unescape(re.sub("<[^>]+>", "", code))


def test_the_text_of_a_change_stays_the_same():
    assert text_of(shown()) == CHANGE + "\n"


def test_only_the_new_lines_are_copied():
    copied = re.search(r'data-copy="([^"]*)"', shown())[1]
    assert html.unescape(copied) == 'NAME = "<new>"\n'


def test_both_sides_have_the_colours_of_the_language():
    assert '<span class="kn">import</span>' in shown()
    for kind in ("gd", "gi"):
        line = re.search(rf'<span class="{kind}">(.*)</span>', shown())[1]
        assert '<span class="n">NAME</span>' in line
    script = shown("chat.js", "+const name = 1;")
    assert '<span class="kd">const</span>' in script


def test_a_text_of_several_lines_closes_its_colour_on_each():
    block = shown(change='+"""one\n+two"""')
    for line in block.partition("<code>")[2].splitlines()[:2]:
        assert line.count("<span") == line.count("</span")


def test_a_file_of_an_unknown_kind_has_no_colours():
    assert '<span class="gi"><span class="mark">+</span>a &lt; b</span>' in shown("x.zzz", "+a < b")


def test_the_new_lines_of_a_whole_file_are_numbered():
    assert changed_lines("a\nb\nc\n", "a\nx\ny\nc\nz\n") == "2-3 5-5"
    assert changed_lines("a\nb\n", "a\n") == ""


def test_the_whole_file_below_a_change_has_its_new_lines_marked():
    page = expand("{{ change 04 chat_project/settings.py }}", ROOT)
    lines = (ROOT / "steps/04-redis/chat_project/settings.py").read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.startswith("REDIS_URL"))
    marked = re.search(r'hl_lines="([^"]+)"', page)[1]
    assert any(
        int(first) <= number <= int(last)
        for first, last in (part.split("-") for part in marked.split())
    )

"""Links in messages: which parts of a text become links, and no other markup is allowed.

The cases are in link_cases.json because a browser test checks links.js with them, too.
"""

import json
import re
from pathlib import Path

import pytest

from search.links import URL, split
from search.templatetags.message_links import with_links
from tests.conftest import log_in
from tests.server import PROJECT
from tests.stored import delete, write

CASES = json.loads((Path(__file__).parent / "link_cases.json").read_text("utf-8"))
ANCHOR = re.compile(r'<a href="([^"]*)" target="_blank" rel="noopener nofollow ugc">([^<]*)</a>')


@pytest.mark.parametrize("text, links", CASES)
def test_urls_become_links_and_no_text_is_lost(text, links):
    parts = split(text)
    assert [part for part, is_link in parts if is_link] == links
    assert "".join(part for part, _ in parts) == text


@pytest.mark.parametrize("text, links", CASES)
def test_the_html_has_links_and_no_other_markup(text, links):
    html = with_links(text)
    anchors = ANCHOR.findall(html)
    assert len(anchors) == len(links) and all(href == shown for href, shown in anchors)
    assert all(href.lower().startswith(("http://", "https://")) for href, _ in anchors)
    assert not re.search("[<>\"']", ANCHOR.sub("", html))


def test_the_script_has_the_same_pattern():
    script = (PROJECT / "search/static/search/links.js").read_text("utf-8")
    assert re.search(r"const URL =\n  /(.*)/gu;\n", script)[1] == URL.pattern


def test_a_rooms_page_renders_links_and_escapes_the_rest(ann, room):
    write(room, ann, "<b>see</b> https://example.org/?a=1&b=2.", "gone https://gone.example")
    delete(room, ann, 2)
    page = log_in(ann).get("/chat/lobby/").text
    href = "https://example.org/?a=1&amp;b=2"
    link = f'<a href="{href}" target="_blank" rel="noopener nofollow ugc">{href}</a>'
    assert f"&lt;b&gt;see&lt;/b&gt; {link}." in page
    assert "gone.example" not in page


def test_a_messages_time_links_to_it(ann, room):
    write(room, ann, "hello")
    page = log_in(ann).get("/chat/lobby/").text
    assert '<a class="permalink" href="?message=1#m1"' in page and '<li id="m1"' in page

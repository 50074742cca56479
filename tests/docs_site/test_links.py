"""Every link, anchor and picture in the site works, online and offline."""

import os
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest


class Page(HTMLParser):
    """A page's links, link targets and pictures."""

    def __init__(self, path):
        super().__init__()
        self.links, self.anchors, self.without_words = [], set(), []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors |= {values[name] for name in ("id", "name") if values.get(name)}
        key = {"a": "href", "link": "href", "img": "src", "script": "src", "video": "src"}.get(tag)
        if key and values.get(key):
            self.links.append(values[key])
        if tag == "img" and values.get("alt") is None:
            self.without_words.append(values.get("src"))


@cache
def read(path):
    return Page(path)


@cache
def file_at(folder, link):
    """Return the file that `link` points to from a page in `folder`, or None."""
    return file_of(os.path.normpath(folder / link))


@cache
def file_of(path):
    target = Path(path)
    target = target / "index.html" if target.is_dir() else target
    return target if target.is_file() else None


def broken(site):
    """Return (page, link) for every broken link."""
    found = []
    for name, path in site.pages().items():
        if name == "404.html":
            continue
        for link in read(path).links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = path if not parts.path else file_at(path.parent, unquote(parts.path))
            if target is None:
                found.append((name, link))
            elif parts.fragment and target.suffix == ".html":
                if unquote(parts.fragment) not in read(target).anchors:
                    found.append((name, link))
    return found


@pytest.mark.parametrize("flavour", ["online", pytest.param("offline", marks=pytest.mark.slow)])
def test_links_and_anchors_are_valid(flavour, request):
    assert broken(request.getfixturevalue(flavour)) == []


def test_every_picture_has_a_text_alternative(online):
    missing = {name: read(path).without_words for name, path in online.pages().items()}
    assert {name: pictures for name, pictures in missing.items() if pictures} == {}


def test_every_diagram_has_a_text_alternative(online):
    diagrams = 0
    for name, path in online.pages().items():
        text = path.read_text(encoding="utf-8")
        for figure in text.split('<figure class="diagram"')[1:]:
            diagrams += 1
            words = figure.partition("<summary>In words</summary><p>")[2].partition("</p>")[0]
            assert len(words.split()) >= 20, f"{name}: {figure[:80]}"
    assert diagrams >= 20


@pytest.mark.slow
def test_the_offline_site_refers_to_nothing_on_the_network(offline):
    """Links may point to other sites, but nothing may be loaded from them."""
    for name, path in offline.pages().items():
        loads = read(path)
        text = path.read_text(encoding="utf-8")
        for tag in ("<script src=", "<img src=", '<link rel="stylesheet" href='):
            for piece in text.split(tag)[1:]:
                assert not piece.lstrip("\"'").startswith(("http:", "https:", "//")), name
        assert loads.links, name


NO_TITLES = ("presenter/", "slides/", "pitfalls/p")


def test_navigation_titles_match_the_headings(online):
    other = {}
    for name, path in online.pages().items():
        text = path.read_text(encoding="utf-8")
        title = re.search(r"<title>(.*?)(?: - Channels Workshop)?</title>", text)[1]
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", text, re.DOTALL)
        if name in ("index.html", "404.html") or name.startswith(NO_TITLES):
            continue
        words = re.sub(r"<a class=.headerlink.*?</a>|<[^>]+>", "", heading[1])
        if title != words:
            other[name] = (title, words)
    assert other == {}


def test_every_page_begins_with_its_only_h1(online):
    """Where the lines above a page's text cannot be read, they become a heading of the page."""
    other = {}
    for name, path in online.pages().items():
        text = path.read_text("utf-8")
        ours = re.split('class="(?:md-content__inner|slides md-typeset)', text)[-1]
        levels = re.findall("<h([1-6])[ >]", ours.partition("</article>")[0])
        if levels[:1] != ["1"] or levels.count("1") != 1:
            other[name] = levels
    assert other == {}

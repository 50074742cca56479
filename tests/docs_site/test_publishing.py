"""A published site has cards, a sitemap and edit links, and llms.txt without solutions."""

import os
import re

import pytest
from conftest import build
from PIL import Image, ImageFont

from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.docs_site.publishing import cards, texts

URL = "https://learn.example.org/channels/"
REPOSITORY = "https://github.com/example/channels-workshop"
STEPS = catalog.steps()


def test_assistants_find_every_chapter_and_every_hint():
    text = texts.llms(ROOT, URL)
    for step in STEPS:
        assert f"]({URL}chapters/{step.slug}/): " in text
        for goal in step.goals:
            assert all(hint.says in text for hint in goal.hints)


def test_assistants_get_no_solutions():
    text = texts.llms(ROOT, URL)
    lines = {line.strip() for line in text.splitlines()}
    for step in STEPS:
        for hint in (hint for goal in step.goals for hint in goal.hints if hint.code):
            assert hint.code not in text
            code = {line.strip() for line in hint.code.splitlines() if len(line.strip()) > 3}
            assert not code & lines
    for patch in (ROOT / "docs" / "exercises").rglob("*.diff"):
        new = [line[1:] for line in patch.read_text("utf-8").splitlines() if line[:1] == "+"]
        assert not [line for line in new if len(line.strip()) > 12 and line.strip() in text]


def test_robots_name_the_sitemap_where_the_address_is_known():
    assert f"Sitemap: {URL}sitemap.xml" in texts.robots(URL)
    assert "Sitemap" not in texts.robots("")


def test_each_page_has_its_own_card():
    urls = ["", "chapters/", "chapters/03-consumer/", "pitfalls/p01/"]
    assert len({cards.path_of(url) for url in urls}) == len(urls)


def test_a_card_is_drawn_with_fonts_that_are_installed(tmp_path):
    path = tmp_path / "cards" / "one.png"
    cards.draw(path, "A consumer and its group", "Write a consumer. " * 30, "Channels Workshop")
    with Image.open(path) as card:
        assert card.size == (1200, 630)
        assert len(card.getcolors(100_000)) > 10  # letters, and not only the ground


def test_long_words_of_a_card_are_cut_to_its_lines():
    font = ImageFont.truetype(str(cards.FONTS / "DejaVuSans.ttf"), 34)
    lines = cards.wrapped("one two three four " * 40, font, 400, 3)
    assert len(lines) == 3 and lines[-1].endswith(" …")
    assert all(font.getlength(line) <= 400 for line in lines[:2])
    assert cards.wrapped("short", font, 400, 3) == ["short"]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DOCS_URL", URL)
        patch.setitem(os.environ, "DOCS_REPOSITORY", REPOSITORY)
        done = build(folder, "online")
    said = re.sub("Waiting for another command .*\n", "", done.stdout + done.stderr)
    assert (done.returncode, said) == (0, "")
    return folder


@pytest.mark.slow
def test_a_published_site_has_cards_a_sitemap_and_edit_links(published):
    page = (published / "chapters" / "03-consumer" / "index.html").read_text("utf-8")
    assert f'<link rel="canonical" href="{URL}chapters/03-consumer/">' in page
    assert f'href="{REPOSITORY}/edit/main/docs/chapters/03-consumer.md"' in page
    card = re.search(rf'property="og:image" content="{URL}([^"]+)"', page)[1]
    with Image.open(published / card) as picture:
        assert picture.size == (1200, 630)
    assert f"{URL}chapters/03-consumer/" in (published / "sitemap.xml").read_text("utf-8")
    assert URL in (published / "robots.txt").read_text("utf-8")
    assert URL in (published / "llms.txt").read_text("utf-8")
    first = (published / "index.html").read_text("utf-8")
    assert f"git clone {REPOSITORY}" in re.sub("<[^>]+>", "", first)


def test_without_an_address_there_are_no_cards_and_no_edit_links(online):
    page = (online.folder / "chapters" / "03-consumer" / "index.html").read_text("utf-8")
    assert "og:image" not in page
    assert "/edit/main/" not in page
    assert not (online.folder / "sitemap.xml").exists()
    assert (online.folder / "llms.txt").is_file()

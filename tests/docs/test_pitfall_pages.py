"""Each pitfall of the registry has its page, and the index leads to it by what people see."""

import html
import re

import pytest

from workshop import pitfalls
from workshop.docs_site import pitfall_pages

EVERY = pitfalls.load()


def by_id(one):
    return one.id


def text_of(online, path):
    page = (online.folder / path / "index.html").read_text("utf-8")
    article = page.partition("<article")[2].partition("</article>")[0]
    return html.unescape(re.sub(r"<[^>]+>", "", article))


def squeezed(text):
    return re.sub(r"[\s`*\\]+", "", text)


@pytest.mark.parametrize("one", EVERY, ids=by_id)
def test_a_page_says_all_that_the_registry_says(one, online):
    text = squeezed(text_of(online, one.page))
    for symptom in one.symptoms:
        first = symptom.text[:1].upper() + symptom.text[1:]
        assert squeezed(symptom.text) in text or squeezed(first) in text
    for word in re.findall(r"\w{4,}", one.title):
        assert word in text
    for line in one.mend.diff.splitlines():
        if line[:1] in "+-" and not line.startswith(("+++", "---")):
            assert squeezed(line) in text
    for reference in one.references:
        assert reference in text


def test_the_index_names_every_message_and_every_pitfall(online):
    page = (online.folder / "pitfalls" / "index.html").read_text("utf-8")
    text = squeezed(html.unescape(re.sub(r"<[^>]+>", "", page)))
    for one in EVERY:
        assert f'href="{one.id.lower()}/"' in page
        for symptom in one.symptoms:
            assert squeezed(symptom.text.splitlines()[0]) in text


def test_the_index_is_ordered_by_where_it_shows():
    headings = re.findall(r"^## (.+)$", pitfall_pages.index(), re.MULTILINE)
    assert headings == [
        "What you see in the terminal",
        "What you see in the browser",
        "What you see in a test",
        "Nothing shows",
        "All, by number",
    ]


def test_a_page_of_what_nobody_sees_says_so():
    silent = next(one for one in EVERY if one.kind == "silent")
    assert "Nothing says so." in pitfall_pages.page(silent)


@pytest.mark.parametrize("one", EVERY, ids=by_id)
def test_a_page_is_made_of_whole_sentences(one):
    prose = re.sub(r"^```.*?^```$", "", pitfall_pages.page(one), flags=re.DOTALL | re.MULTILINE)
    assert re.findall(r".{0,20}\.[.,;:](?!\d).{0,20}", prose) == []


def test_the_script_of_the_search_holds_every_message():
    script = pitfall_pages.symptoms()
    assert script.startswith("window.SYMPTOMS = [")
    assert script.count('["P') == sum(s.where != "nowhere" for one in EVERY for s in one.symptoms)

"""Each pitfall of the registry has a page, and the index links to it from its symptoms."""

import html
import re

import pytest

from channels_doctor import pitfalls
from channels_doctor.pitfalls import lookup
from channels_doctor.pitfalls.pages import markdown
from workshop.base.paths import ROOT
from workshop.docs_site.pages import pitfall_pages

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
def test_a_pitfalls_page_has_everything_from_the_registry(one, online):
    text = squeezed(text_of(online, one.page))
    for symptom in one.symptoms:
        first = symptom.text[:1].upper() + symptom.text[1:]
        assert squeezed(symptom.text) in text or squeezed(first) in text
    for word in re.findall(r"\w{4,}", one.title):
        assert word in text
    for line in one.fix.diff.splitlines():
        if line[:1] in "+-" and not line.startswith(("+++", "---")):
            assert squeezed(line) in text
    for reference in one.references:
        assert reference in text


def test_the_index_lists_every_message_and_pitfall(online):
    page = (online.folder / "pitfalls" / "index.html").read_text("utf-8")
    text = squeezed(html.unescape(re.sub(r"<[^>]+>", "", page)))
    for one in EVERY:
        assert f'href="{one.id.lower()}/"' in page
        for symptom in one.symptoms:
            assert squeezed(symptom.text.splitlines()[0]) in text


def test_the_index_is_grouped_by_where_symptoms_show():
    headings = re.findall(r"^## (.+)$", pitfall_pages.index(), re.MULTILINE)
    assert headings == [
        "What you see in the terminal",
        "What you see in the browser",
        "What you see in a test",
        "Nothing shows",
        "All, by number",
    ]


def test_a_silent_pitfall_is_described_as_silent():
    silent = next(one for one in EVERY if one.kind == "silent")
    assert "You get no error message." in markdown(silent)


def test_a_page_names_the_workshops_command():
    page = pitfall_pages.pages(ROOT)["pitfalls/p01.md"]
    assert "`python3 -m workshop doctor` finds it" in page
    assert "channels-doctor" not in page


def test_the_search_script_has_every_message():
    script = pitfall_pages.symptoms()
    assert script.startswith("window.SYMPTOMS = [")
    assert script.count('["P') == len(lookup.table())

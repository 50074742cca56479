"""The notebooks on the site show their cells, with their output and plots."""

import html
import json
import re
import urllib.parse

import pytest

from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.docs_site import serve
from workshop.docs_site.directives import UnknownDirective, expand
from workshop.docs_site.pages import notebook_links, notebook_pages
from workshop.notebooks import executed, files, in_browser, lite_site

pytestmark = pytest.mark.slow

NOTEBOOKS = catalog.notebooks()
IN_PROSE = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"<pre[^>]*>(?:<span></span>)?<code[^>]*>(.*?)</code></pre>", re.DOTALL)
COMMAND = "python3 -m workshop lite --serve"


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda one: one.slug)
def notebook(request):
    return request.param


@pytest.fixture
def cells(notebook, online):
    """The committed cells, with the outputs that the site shows."""
    kept = executed.kept(notebook)
    assert kept, "the build has executed it"
    cells, committed = files.read(kept).cells, files.read(notebook.path).cells
    assert [cell.source for cell in cells] == [cell.source for cell in committed]
    return cells


@pytest.fixture
def page(notebook, online):
    return (online.folder / "notebooks" / notebook.slug / "index.html").read_text("utf-8")


def shown(text):
    """Return the text of every code block in the HTML `text`."""
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip("\n") for one in BLOCK.findall(text)]


def test_a_notebooks_page_has_every_cell_and_output_in_order(cells, page):
    expected = []
    for cell in cells:
        if cell.cell_type == "markdown":
            expected += IN_PROSE.findall(cell.source)
            continue
        expected.append(cell.source)
        for output in cell.outputs:
            if "text/html" not in output.get("data", {}):
                expected.append(output.get("text") or output.data["text/plain"])
    assert len(expected) > 20
    assert shown(page) == [one.replace("\r\n", "\n").strip("\n") for one in expected]


def test_every_answer_and_every_solution_can_be_unfolded(cells, page):
    names = [
        name for cell in cells for name in re.findall(r"<summary>(\w+)</summary>", cell.source)
    ]
    assert len(names) >= 3
    assert re.findall(r"<summary>(Answer|Solution)</summary>", page) == names
    assert "&lt;details" not in page


def test_every_plot_has_a_text_alternative_and_unique_ids(cells, page):
    drawn = [
        output.data
        for cell in cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    figures = re.findall(r'<figure class="diagram drawn">(.*?)</figure>', page, re.DOTALL)
    assert len(figures) == len(drawn)
    for figure, data in zip(figures, drawn, strict=True):
        label = re.search(r'<svg role="img" aria-label="([^"]+)" fill="currentColor"', figure)[1]
        words = re.search(r"<summary>In words</summary><p>(.*?)</p>", figure, re.DOTALL)[1]
        assert html.unescape(label).split() == data["text/plain"].split()
        assert html.unescape(words.replace("<br>", " ")).split() == data["text/plain"].split()
        assert "<style" not in figure
        names = set(re.findall(r'\bid="([^"]+)"', figure))
        assert set(re.findall(r'href="#([^"]+)"', figure)) <= names
    names = re.findall(r'\bid="([^"]+)"', "".join(figures))
    assert len(names) == len(set(names))


def test_a_notebook_is_linked_from_navigation_search_and_its_pages(notebook, online):
    start = (online.folder / "concepts" / "index.html").read_text("utf-8")
    navigation = start.partition('class="md-nav md-nav--primary')[2].partition("md-content")[0]
    assert f'href="../notebooks/{notebook.slug}/"' in navigation
    index = json.loads((online.folder / "search" / "search_index.json").read_text("utf-8"))
    places = {one["location"].partition("#")[0] for one in index["docs"]}
    assert f"notebooks/{notebook.slug}/" in places
    assert notebook.pages
    for name in notebook.pages:
        path = online.folder / name.removesuffix("index") / "index.html"
        content = path.read_text("utf-8").partition("<article")[2]
        assert f'notebooks/{notebook.slug}/"' in content, name


@pytest.mark.parametrize("step", [one.slug for one in catalog.load() if one.number > "01"])
def test_a_chapter_leads_to_its_notebooks(step):
    text = (ROOT / "docs" / "chapters" / f"{step}.md").read_text("utf-8")
    named = any(f"chapters/{step}" in one.pages for one in NOTEBOOKS)
    assert (f"{{{{ see chapters/{step} }}}}" in text) == named


def test_see_fails_on_a_page_without_a_notebook():
    with pytest.raises(UnknownDirective, match="no notebook in course.toml names the page setup"):
        expand("{{ see setup }}", ROOT)


def test_the_page_of_the_pitfalls_holds_the_real_message_of_p01(online):
    kept = files.read(executed.kept(files.find("04")))
    if "Left out: there is no Redis here." in str(kept.cells):
        pytest.skip("no Redis here: the cells that need one were left out")
    text = (online.folder / "notebooks" / "04-channel-layer-pitfalls" / "index.html").read_text()
    section = text.partition('<h2 id="p01">')[2].partition("<h2")[0]
    printed = "\n".join(shown(section))
    assert re.search(r"redis\.exceptions\.TimeoutError: Timeout reading from [\d.]+:\d+", printed)
    assert re.search(r"closed with code 1011 after \d+ s", printed)


def test_pitfalls_link_to_their_section_of_the_notebook(online):
    """test_links checks that the section exists."""
    numbers = notebook_pages.pitfalls_shown(files.find("04"))
    assert len(numbers) == len(set(numbers)) >= 15
    for number in numbers:
        place = number.lower()
        text = (online.folder / "pitfalls" / place / "index.html").read_text("utf-8")
        assert f"notebooks/04-channel-layer-pitfalls/#{place}" in text


def test_a_notebook_without_outputs_says_how_to_get_them(notebook, monkeypatch):
    monkeypatch.setattr(executed, "kept", lambda *arguments: None)
    text = notebook_pages.page(notebook, ROOT)
    assert text.count("`python3 -m workshop docs --build`") == 1
    assert "{ .text .output" not in text
    assert all(
        cell.source in text for cell in files.read(notebook.path).cells if cell.cell_type == "code"
    )


@pytest.fixture
def lite(tmp_path, monkeypatch):
    """A stand-in for the built JupyterLite site, with one page."""
    site = tmp_path / "lite"
    (site / "lab").mkdir(parents=True)
    (site / "lab" / "index.html").write_text("<title>JupyterLite</title>")
    (site / "jupyter-lite.json").write_text("{}")
    monkeypatch.setattr(lite_site, "built", lambda *arguments: site)
    return site


def test_the_site_includes_the_built_notebooks_for_the_browser(lite, online, tmp_path):
    folder = serve.build(folder=tmp_path / "site")
    for path in ("lab/index.html", "jupyter-lite.json"):
        assert (folder / "lite" / path).read_bytes() == (lite / path).read_bytes()
    for one in (one for one in NOTEBOOKS if one.browser):
        for name in [*one.pages, f"notebooks/{one.slug}"]:
            page = folder / name / "index.html"
            text = page.read_text("utf-8")
            links = re.findall(r'<a href="([^"]+)">Try it in the browser</a>', text)
            wanted = in_browser.address(one).replace("index.html", "")
            assert f"../../lite/{wanted}" in links
            for link in links:
                target = page.parent / urllib.parse.urlsplit(link).path / "index.html"
                assert target.resolve() == (folder / "lite" / "lab" / "index.html").resolve()
            assert COMMAND not in text.partition("<article")[2]


def test_the_offline_site_names_the_command_instead(lite, monkeypatch):
    monkeypatch.setenv("DOCS_OFFLINE", "true")
    text = "\n".join(notebook_links.pointers(ROOT, "chapters/02-asgi"))
    assert COMMAND in text and "Try it in the browser" not in text


def test_the_page_names_the_command_where_they_are_not_built(monkeypatch):
    monkeypatch.setattr(lite_site, "built", lambda *arguments: None)
    text = "\n".join(notebook_links.pointers(ROOT, "chapters/03-consumer"))
    assert text.count(COMMAND) == 2 and "Try it in the browser" not in text
    only_here = "\n".join(notebook_links.ways_to_run(files.find("04"), ROOT))
    assert COMMAND not in only_here  # it needs servers: no browser runs it


def test_an_outdated_build_for_the_browser_counts_as_none(tmp_path, monkeypatch):
    monkeypatch.setattr(lite_site, "place", lambda root: tmp_path)
    (tmp_path / "site" / "lab").mkdir(parents=True)
    (tmp_path / "site" / "lab" / "index.html").write_text("")
    (tmp_path / "built-from").write_text(lite_site.digest())
    assert lite_site.built() == tmp_path / "site"
    (tmp_path / "built-from").write_text("of another day")
    assert lite_site.built() is None

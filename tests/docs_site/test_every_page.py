"""Every page in a real browser: accessibility, both colour schemes, and a phone's width."""

from pathlib import Path

import pytest
from accessibility import violations
from opening import address, opened

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]
OURS = [[".md-content"], [".slides"]]
LEFT_OUT = [
    [".md-code__nav"],  # the theme's
    [".headerlink"],  # the theme's
    [".highlight"],  # written by the highlighter, alike on every page; its colours are looked at
]
RULES = {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": False}}}
COLOURS = Path(__file__).with_name("colours.js").read_text("utf-8")
LEAST = 4.5
PARTS = 12
SCHEMES = ("default", "slate")
UNFOLD = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
}"""
# Colours that change slowly are none yet, and of what lies below an icon axe is not certain.
STILL = (
    "* { transition: none !important } summary::before, summary::after { display: none !important }"
)
CONTRAST = """axe.run({ include: ["[data-sample]"] }, { runOnly: ["color-contrast"] }).then(
  ({ violations, incomplete }) => [...violations, ...incomplete].flatMap(({ nodes }) =>
    nodes.map(({ html, any }) => [html.slice(0, 120), any[0].message])))"""
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 800}


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_page_is_accessible_light_dark_and_on_a_phone(browser, offline, requests, part):
    """With everything expanded, axe finds nothing and nothing is wider than a phone."""
    page = await opened(browser, requests, viewport=DESKTOP)
    paths = [path for path in offline.pages() if path != "404.html"][part::PARTS]
    assert len(paths) > 5
    known = {scheme: set() for scheme in SCHEMES}
    found = {path: await complaints(page, address(offline, path), known) for path in paths}
    assert {path: broken for path, broken in found.items() if broken} == {}
    assert min(map(len, known.values())) > 15


async def complaints(page, url, known):
    """Return what's wrong with a page. `known` has the colours seen so far, by scheme."""
    await page.set_viewport_size(DESKTOP)
    await page.goto(url)
    await page.add_style_tag(content=STILL)
    await page.evaluate(UNFOLD)
    broken = await violations(page, {"include": OURS, "exclude": LEFT_OUT}, RULES)
    found = [(one["id"], [node["html"][:120] for node in one["nodes"][:2]]) for one in broken]
    for scheme in SCHEMES:
        seen = await page.evaluate(COLOURS, [scheme, sorted(known[scheme]), LEAST])
        known[scheme].update(seen["fresh"])
        found += [(scheme, words) for words in seen["faint"]]
        if await page.locator("[data-sample]").count():
            found += [(scheme, *words) for words in await page.evaluate(CONTRAST)]
    await page.set_viewport_size(PHONE)
    width = await page.evaluate("document.documentElement.scrollWidth")
    return found + ([("wider than a phone", width)] if width > PHONE["width"] else [])

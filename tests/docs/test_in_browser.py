"""The site in a real browser, with no network: reading, searching, slides, notes, printing."""

import re

import pytest
from opening import address, opened
from playwright.async_api import expect

from workshop import course, pitfalls

pytestmark = [pytest.mark.once, pytest.mark.asyncio(loop_scope="session")]
SLIDES = [f"slides/{one.slug}.html" for one in course.load() if one.number]


async def test_the_offline_site_works_from_a_file_and_asks_the_network_for_nothing(
    browser, offline, requests
):
    page = await opened(browser, requests)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: line.type == "error" and errors.append(line.text))
    for path in ["", "chapters/03-consumer.html", "pitfalls/p01.html", *SLIDES[:1]]:
        await page.goto(address(offline, path))
        await expect(page.locator("h1").first).to_be_visible()
    await page.goto(address(offline))
    await page.get_by_role("link", name="Begin with chapter 01").click()
    await expect(page).to_have_url(re.compile("chapters/01-project.html$"))
    assert errors == []


async def test_whoever_pastes_an_error_into_the_search_lands_on_its_pitfall(
    browser, offline, requests
):
    """The search of the offline site is the same one, and works from a file."""
    page = await opened(browser, requests)
    await page.goto(address(offline))
    await page.locator("input.md-search__input").click()
    await page.locator("input.md-search__input").fill("consumer")
    await expect(page.locator(".md-search-result__link").first).to_be_visible()
    asked = await page.evaluate(SEARCH_ALL, [s.text for s in symptoms()])
    missed = {}
    by_text = {}
    for one in pitfalls.load():
        for symptom in one.symptoms:
            by_text.setdefault(symptom.text, set()).add(f"pitfalls/{one.id.lower()}.html")
    for text, found in asked.items():
        if not by_text[text] & set(found[:1]):
            missed[text] = found[:3]
    assert missed == {}


def symptoms():
    return [s for one in pitfalls.load() for s in one.symptoms if s.where != "nowhere"]


# Asks the page's own search, one question after the other, and gives what it lists.
SEARCH_ALL = """async (questions) => {
  const input = document.querySelector("input.md-search__input");
  const list = document.querySelector(".md-search-result__list");
  const answers = {};
  for (const question of questions) {
    const changed = new Promise((resolve) => {
      const watch = new MutationObserver(() => { watch.disconnect(); setTimeout(resolve, 30); });
      watch.observe(list, { childList: true });
      setTimeout(resolve, 1500);
    });
    input.value = question;
    input.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }));
    await changed;
    const links = [...list.querySelectorAll(".md-search-result__link")];
    const base = new URL("./", document.baseURI).href;
    answers[question] = [...new Set(links.map((link) => {
      const url = new URL(link.href);
      return (url.origin === "null" ? "file://" : url.origin) + url.pathname;
    }))].map((url) => url.replace(base, ""));
  }
  return answers;
}"""


async def test_a_message_with_other_numbers_in_a_whole_traceback_leads_there_too(
    browser, offline, requests
):
    page = await opened(browser, requests)
    await page.goto(address(offline))
    await page.locator("input.md-search__input").click()
    words = """Traceback (most recent call last):
      File "site-packages/redis/asyncio/connection.py", line 713, in read_response
    redis.exceptions.TimeoutError: Timeout reading from 10.1.2.3:6380"""
    await page.locator("input.md-search__input").fill(words)
    await page.locator(".md-search-result__link").first.click()
    await expect(page.locator("h1")).to_contain_text("P01")


@pytest.mark.parametrize("path", SLIDES)
async def test_no_slide_is_larger_than_the_projector(browser, offline, requests, path):
    page = await opened(browser, requests, viewport={"width": 1280, "height": 720})
    await page.goto(address(offline, path))
    sizes = await page.locator(".slide").evaluate_all(
        """(slides) => slides.map((slide) => {
            const code = [...slide.querySelectorAll("code, svg, p, li")];
            const right = Math.max(...code.map((one) => one.getBoundingClientRect().right));
            const heading = slide.querySelector("h1, h2").textContent;
            return [heading, slide.getBoundingClientRect().height, slide.scrollWidth, right];
        })"""
    )
    assert len(sizes) >= 4
    assert [one for one in sizes if one[1] > 720 or one[2] > 1280 or one[3] > 1280] == []


async def test_keys_and_buttons_go_from_slide_to_slide(browser, offline, requests):
    page = await opened(browser, requests, viewport={"width": 1280, "height": 720})
    await page.goto(address(offline, SLIDES[2]))
    number = page.locator("#slide-number")
    await expect(number).to_have_text(re.compile(r"^1 of \d+$"))
    await page.keyboard.press("ArrowRight")
    await expect(number).to_have_text(re.compile("^2 of"))
    await page.get_by_role("button", name="Next slide").click()
    await expect(number).to_have_text(re.compile("^3 of"))
    await page.locator("body").press("PageUp")
    await expect(number).to_have_text(re.compile("^2 of"))


async def test_the_speakers_notes_are_hidden_until_somebody_asks_for_them(
    browser, offline, requests
):
    page = await opened(browser, requests)
    await page.goto(address(offline, "chapters/03-consumer.html"))
    notes = page.locator(".admonition.speaker")
    await expect(notes).to_be_hidden()
    await page.get_by_role("button", name="Show the speaker's notes").click()
    await expect(notes).to_be_visible()
    await page.goto(address(offline, "chapters/04-redis.html"))
    await expect(page.locator(".admonition.speaker")).to_be_visible()
    await page.emulate_media(media="print")
    await expect(page.locator(".admonition.speaker")).to_be_visible()


async def test_slides_are_as_dark_as_the_system_until_somebody_chooses(browser, offline, requests):
    page = await opened(browser, requests, color_scheme="dark")
    await page.goto(address(offline, SLIDES[0]))
    scheme = page.locator("body")
    await expect(scheme).to_have_attribute("data-md-color-scheme", "slate")
    await page.goto(address(offline))
    await page.locator("label[title='Show the pages light']").click()
    await page.goto(address(offline, SLIDES[0]))
    await expect(scheme).to_have_attribute("data-md-color-scheme", "default")


async def test_the_feedback_is_printed_on_one_sheet_and_black_on_white(browser, offline, requests):
    page = await opened(browser, requests, color_scheme="dark")
    await page.goto(address(offline, "instructors/feedback.html"))
    edge = dict.fromkeys(("top", "right", "bottom", "left"), "15mm")
    for paper in ("A4", "Letter"):
        printed = await page.pdf(format=paper, margin=edge)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    await page.goto(address(offline, "chapters/03-consumer.html"))
    await page.emulate_media(media="print")
    words = page.locator(".diagram text, .diagram tspan").filter(has_text=re.compile("^Ann$")).last
    assert await words.evaluate("one => getComputedStyle(one).fill") == "rgb(28, 29, 38)"

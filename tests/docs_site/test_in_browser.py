"""The site in a real browser, without a network: reading, search, slides, notes, printing."""

import json
import re

import pytest
from opening import address, opened
from playwright.async_api import expect

from channels_doctor import pitfalls
from channels_doctor.pitfalls import lookup
from workshop.base.paths import ROOT
from workshop.course import catalog

PASTES = ROOT / "channels-doctor" / "tests" / "pastes.json"
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]
RECIPES = sorted(path for path in ROOT.glob("docs/recipes/*.md") if path.stem != "index")
SLIDES = [f"slides/{one.page}.html" for one in catalog.load()]


async def test_the_offline_site_works_from_files_without_network_requests(
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
    await page.get_by_role("link", name="Start chapter 01").click()
    await expect(page).to_have_url(re.compile("chapters/01-project.html$"))
    assert errors == []


async def test_searching_for_an_error_message_finds_its_pitfall(browser, offline, requests):
    """The offline site has the same search, and it works from a file."""
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


async def test_searching_for_the_title_of_a_recipe_finds_it(browser, offline, requests):
    page = await opened(browser, requests)
    await page.goto(address(offline))
    await page.locator("input.md-search__input").click()
    await page.locator("input.md-search__input").fill("consumer")
    await expect(page.locator(".md-search-result__link").first).to_be_visible()
    titles = {title_of(path): f"recipes/{path.stem}.html" for path in RECIPES}
    found = await page.evaluate(SEARCH_ALL, list(titles))
    first = {title: found[title][:3] for title in titles}
    assert {title: first[title] for title in titles if titles[title] not in first[title]} == {}


def title_of(page):
    return re.search("^# (.+)$", page.read_text("utf-8"), re.MULTILINE)[1]


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


async def test_pasted_messages_lead_to_the_same_pitfalls_as_in_the_terminal(
    browser, offline, requests
):
    page = await opened(browser, requests)
    await page.goto(address(offline))
    texts = [row["text"] for row in json.loads(PASTES.read_text("utf-8"))]
    texts += [symptom.text[len(symptom.text) // 2 :] for symptom in symptoms()]
    found = await page.evaluate("(texts) => texts.map(window.lookUp)", texts)
    assert found == [[pitfall.id for pitfall in lookup.find(text)] for text in texts]


async def test_searching_for_a_whole_traceback_finds_its_pitfall(browser, offline, requests):
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
async def test_slides_fit_on_the_projector(browser, offline, requests, path):
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


async def test_keys_and_buttons_change_slides(browser, offline, requests):
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


async def test_learners_see_no_speaker_notes(browser, offline, requests):
    page = await opened(browser, requests)
    for path in ("chapters/03-consumer.html", "chapters/in-production.html", "setup.html"):
        await page.goto(address(offline, path))
        await expect(page.get_by_text("Ask:")).to_have_count(0)
    await page.goto(address(offline, "instructors/notes.html"))
    for title in ("03 A consumer and its group", "In production", "Set up"):
        await expect(page.get_by_role("heading", name=title)).to_be_visible()
    await expect(page.get_by_text("Ask:").first).to_be_visible()


async def test_the_presenters_window_follows_the_slides_and_leads_them(browser, offline, requests):
    """Opened from files, without a server or a network."""
    page = await opened(browser, requests, viewport={"width": 1280, "height": 720})
    await page.goto(address(offline, SLIDES[2]))
    await page.keyboard.press("ArrowRight")
    async with page.expect_popup() as popup:
        await page.get_by_role("link", name="Presenter's window").click()
    presenter = await popup.value
    number, theirs = (one.locator("#slide-number") for one in (page, presenter))
    await expect(theirs).to_have_text(re.compile("^2 of"))
    await expect(presenter.get_by_text("Ask:").first).to_be_visible()
    await page.get_by_role("button", name="Next slide").click()
    await expect(theirs).to_have_text(re.compile("^3 of"))
    await presenter.get_by_role("button", name="Next slide").click()
    await expect(number).to_have_text(re.compile("^4 of"))
    await expect(presenter.locator(".slide.current")).to_have_count(1)
    await expect(presenter.locator(".slide.next")).to_have_count(1)


async def test_the_timer_of_an_exercise_counts_down_and_stops(browser, offline, requests):
    page = await opened(browser, requests, viewport={"width": 1280, "height": 720})
    await page.goto(address(offline, SLIDES[2]))
    slide = page.locator(".slide").filter(has=page.get_by_role("heading", name="Exercise"))
    timer = slide.get_by_role("timer")
    await expect(timer).to_have_text("15:00")
    await slide.get_by_role("button", name="Start the timer").click()
    await expect(timer).to_have_text(re.compile(r"^14:5\d$"))
    await slide.get_by_role("button", name="Stop the timer").click()
    await expect(slide.get_by_role("button", name="Start the timer")).to_be_visible()


@pytest.mark.parametrize("path", SLIDES)
async def test_no_slide_is_only_text(browser, offline, requests, path):
    page = await opened(browser, requests)
    await page.goto(address(offline, path))
    headings = await page.locator(".slide").evaluate_all(
        """(slides) => slides.map((slide) => [slide.querySelector("h1, h2").textContent,
            !!slide.querySelector("svg, img, pre, .timer, .course-strip")])"""
    )
    wanted = {"What you will see", "Check it", "What can go wrong", "Key points"}
    assert wanted <= {heading.removesuffix("¶") for heading, _ in headings}
    assert any(heading.startswith("Exercise: ") for heading, _ in headings)
    assert [heading for heading, has_more in headings if not has_more] == []


async def test_the_copy_button_of_a_change_copies_the_new_lines_only(browser, offline, requests):
    page = await opened(browser, requests)
    await page.goto(address(offline, "chapters/04-redis.html"))
    change = page.locator(".language-diff").filter(has_text="settings.py: what changes").first
    await change.hover()
    await change.locator("[data-md-type=copy]").click()
    await page.evaluate("""() => {
        const paper = document.createElement("textarea");
        paper.id = "paper";
        document.querySelector(".md-content").prepend(paper);
        paper.focus();
    }""")
    await page.keyboard.press("Control+V")
    wanted = """REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")

        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": None}]},"""
    await expect(page.locator("#paper")).to_have_value(wanted)


async def test_slides_follow_the_systems_colour_scheme_by_default(browser, offline, requests):
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

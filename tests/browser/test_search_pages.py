"""The `search` app's additions: a search, a link to each message, and links in texts."""

import json
import random
import re
import runpy

import pytest
from chat_site import FINAL
from looks import SIZES, flaws
from playwright.async_api import expect
from test_rooms_pages import open_side, press, tab_to

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

CASES = json.loads((FINAL / "tests" / "link_cases.json").read_text("utf-8"))
MENU = "() => document.activeElement.closest('li')?.dataset.seq"


async def write_many(owner, room, count=100):
    """Store numbered messages from the owner."""
    texts = [f"message {number} about kettles" for number in range(1, count + 1)]
    owner.site.fill(room, owner.name, texts)


async def every_page(ann, room):
    page, url = ann.page, ann.site.url
    await page.goto(f"{url}/search/")
    yield page, "search"
    await page.goto(f"{url}/search/?q=kettles&room={room}")
    yield page, "results"
    await page.goto(f"{url}/search/?q=kettles&room={room}&before=1")
    yield page, "no results"
    await page.goto(f"{url}/search/?q={'W' * 201}")
    yield page, "search with an error"
    await page.goto(f"{url}/chat/{room}/?message=50#m50")
    await expect(page.locator("#state")).to_have_text("Connected")
    yield page, "linked message"
    await open_menu(page, 50)
    yield page, "menu"
    await page.goto(f"{url}/")
    yield page, "rooms"


async def open_menu(page, seq):
    line = page.locator(f"#log li[data-seq='{seq}']")
    await line.hover()
    await line.locator(".menu-button").click()


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_and_nothing_overflows_on_the_search_pages(person, room, size):
    ann = await person(viewport=SIZES[size])
    await ann.make(room)
    await write_many(ann, room)
    long = "https://example.org/" + "long-" * 100
    ann.site.fill(room, ann.name, [f"{long} kettles", "kettles " + "W" * 500])
    findings = []
    async for page, name in every_page(ann, room):
        findings += await flaws(page, name)
    assert findings == []


@pytest.mark.parametrize("size", SIZES)
async def test_a_search_leads_to_a_message_with_the_keyboard_alone(person, room, size):
    ann = await person(viewport=SIZES[size])
    await ann.make(room)
    await write_many(ann, room)
    ann.site.fill(room, ann.name, ["the <b>green</b> teapot"])
    await write_many(ann, room)
    page = ann.page
    await ann.enter(room)
    await open_side(page)
    await press(page, "Search")
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Search {room}")
    await tab_to(page, "Search for")
    await page.keyboard.type("Teapot -kettles")
    await page.keyboard.press("Enter")
    await expect(page.locator(".results p")).to_have_text("the <b>green</b> teapot")
    await expect(page.locator(".results mark")).to_have_text("teapot")
    link = await page.locator(".results a").text_content()
    await press(page, link.strip())
    linked = page.locator("#log [aria-current]")
    await expect(linked.locator("p")).to_have_text("the <b>green</b> teapot")
    await expect(linked).to_be_in_viewport(ratio=1)
    await expect(page.locator("#state")).to_have_text("Connected")


async def test_result_times_are_in_the_readers_time_zone(person, room):
    ann = await person(timezone_id="Asia/Tokyo", locale="en-GB")
    await ann.make(room)
    await ann.write("kettle")
    await expect(ann.stored).to_have_count(1)
    await ann.page.goto(f"{ann.site.url}/search/?q=kettle")
    time = ann.page.locator(".results time")
    await expect(time).not_to_contain_text("UTC")
    at = await time.get_attribute("datetime")
    local = await ann.page.evaluate("(at) => new Date(at).toTimeString().slice(0, 5)", at)
    await expect(time).to_contain_text(local)


async def test_the_search_and_links_work_without_javascript(person, room):
    ann = await person()
    await ann.make(room)
    await write_many(ann, room)
    plain = await person(java_script_enabled=False)
    page = plain.page
    await page.goto(f"{ann.site.url}/search/?room={room}")
    await page.get_by_label("Search for").fill("kettles")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator(".results li")).to_have_count(20)
    await page.get_by_role("link", name="Older results").click()
    await expect(page.locator(".results p").first).to_contain_text("message 80 ")
    await page.locator(".results a").first.click()
    linked = page.locator("#log [aria-current]")
    await expect(linked.locator("p")).to_contain_text("message 80 ")
    await expect(linked).to_be_in_viewport(ratio=1)
    assert page.url.endswith(f"/chat/{room}/?message=80#m80")


# Links to messages


async def test_a_messages_link_can_be_copied_and_opened_with_the_keyboard_alone(person, room):
    ann = await person()
    await ann.make(room)
    await write_many(ann, room)
    bob = await person(permissions=["clipboard-read", "clipboard-write"])
    page = bob.page
    await page.goto(f"{bob.site.url}/chat/{room}/?message=20")
    await expect(page.locator("#state")).to_have_text("Connected")
    await page.locator("#log").focus()
    await tab_to(page, "⋯")
    while await page.evaluate(MENU) != "15":
        await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    for _ in range(await page.get_by_role("menuitem").count()):
        if await page.evaluate("document.activeElement.id") != "copy-link":
            await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="Copy link")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#copied")).to_have_text("Link copied.")
    link = await page.evaluate("navigator.clipboard.readText()")
    assert link == f"{bob.site.url}/chat/{room}/?message=15#m15"
    await ann.page.goto(link)
    linked = ann.page.locator("#log [aria-current]")
    await expect(linked.locator("p")).to_have_text("message 15 about kettles")
    await expect(linked).to_be_in_viewport(ratio=1)


async def test_if_the_browser_refuses_to_copy_the_link_is_in_the_address_bar(person, room):
    ann = await person()
    await ann.make(room)
    await ann.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    await ann.write("hello")
    await expect(ann.stored).to_have_count(1)
    await open_menu(ann.page, 1)
    await ann.page.get_by_role("menuitem", name="Copy link").click()
    await expect(ann.page.locator("#copied")).to_contain_text("in the address bar")
    assert ann.page.url == f"{ann.site.url}/chat/{room}/?message=1#m1"


async def test_a_live_messages_time_becomes_a_link_once_it_is_stored(person, room, network):
    ann = await person()
    await network.stand_between(ann.page)
    await ann.make(room)
    await ann.write("first")
    time = ann.stored.locator("xpath=..").locator(".permalink")
    await expect(time).to_have_attribute("href", "?message=1#m1")
    await network.go_down()
    await ann.write("second")
    waiting = ann.page.locator("#waiting .permalink")
    await expect(waiting).to_have_count(1)
    assert await waiting.get_attribute("href") is None
    network.up = True
    await ann.come_back()
    await expect(time.nth(1)).to_have_attribute("href", "?message=2#m2")


async def test_a_deleted_messages_link_opens_the_room_there(person, room):
    ann = await person()
    await ann.make(room)
    await write_many(ann, room, 60)
    page = ann.page
    await page.goto(f"{ann.site.url}/chat/{room}/?message=40")
    await open_menu(page, 40)
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await expect(page.get_by_text("Message deleted")).to_be_visible()
    await expect(page.locator("#waiting li")).to_have_count(0)
    await page.reload()
    linked = page.locator("#log [aria-current]")
    await expect(linked.locator("p")).to_have_text("Message deleted")
    await expect(linked).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
async def test_a_linked_message_moves_only_if_motion_is_welcome(person, room, motion):
    ann = await person(reduced_motion=motion)
    await ann.make(room)
    await write_many(ann, room)
    await ann.page.goto(f"{ann.site.url}/chat/{room}/?message=40")
    style = await ann.page.locator("#m40").evaluate(
        "(line) => [getComputedStyle(line).animationName, getComputedStyle(line).outlineStyle]"
    )
    assert style == ["none" if motion == "reduce" else "linked", "solid"]


async def test_a_link_below_unread_messages_leaves_them_unread(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await write_many(ann, room, 300)
    page = bob.page
    await page.goto(f"{bob.site.url}/chat/{room}/?message=200")
    await expect(page).to_have_title(f"(300) {room} · Chat")
    await page.locator("#log").hover()
    await page.mouse.wheel(0, 200)
    await expect(page.locator("#state")).to_have_text("Connected")
    await expect(page).to_have_title(f"(300) {room} · Chat")
    await bob.enter(room)
    await expect(page.locator("#log .new")).to_be_in_viewport()
    await expect(page.locator("#log li").first.locator("p")).to_have_text("message 1 about kettles")
    await page.goto(f"{bob.site.url}/chat/{room}/?message=200")
    await page.locator("#newest").click()
    await expect(page).to_have_title(f"{room} · Chat")
    await expect(page.locator("#log li p[dir]").last).to_have_text("message 300 about kettles")


# Links in messages


async def test_only_urls_in_live_messages_become_markup(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    text = "<img src=x> (https://example.org/a_(b)), javascript:alert(1) HTTP://B.EXAMPLE."
    await ann.write(text)
    await expect(bob.messages).to_have_text([text])
    for page in (ann.page, bob.page):
        links = page.locator("#log li p a")
        await expect(links).to_have_text(["https://example.org/a_(b)", "HTTP://B.EXAMPLE"])
        await expect(links.first).to_have_attribute("rel", "noopener nofollow ugc")
        await expect(links.first).to_have_attribute("target", "_blank")
        await expect(page.locator("#log li p :not(a)")).to_have_count(0)
    await bob.page.reload()
    await expect(bob.messages).to_have_text([text])
    await expect(bob.page.locator("#log li p a")).to_have_count(2)


async def test_links_change_with_an_edit_and_disappear_with_a_deletion(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    await ann.write("https://first.example")
    await expect(bob.page.locator("#log li p a")).to_have_text("https://first.example")
    await open_menu(ann.page, 1)
    await ann.page.get_by_role("menuitem", name="Edit").click()
    message = ann.page.get_by_label("Message", exact=True)
    await expect(message).to_have_value("https://first.example")
    await message.fill("now https://second.example")
    await message.press("Enter")
    await expect(bob.page.locator("#log li p a")).to_have_text("https://second.example")
    await open_menu(ann.page, 1)
    await ann.page.get_by_role("menuitem", name="Delete").click()
    await ann.page.get_by_role("button", name="Delete", exact=True).click()
    await expect(bob.messages).to_have_text(["Message deleted"])
    await expect(bob.page.locator("#log li p a")).to_have_count(0)


def made_up_texts():
    """Random combinations of text fragments that matter for links."""
    pieces = ["https://", "http://", "HTTPS://", "example.org", "/a", "(", ")", "[", "]", " ", "."]
    pieces += [
        "…",
        "'",
        '"',
        "<",
        ">",
        "?",
        "#",
        "&",
        "😀",
        "é",
        "茶",
        "。",
        "\u200b",
        "\u00a0",
        "ſ",
    ]
    pieces += [
        "\n",
        "\x1c",
        "\x85",
        "\ufeff",
        "\u202e",
        "\u2028",
        "javascript:",
        "@",
        "_",
        "9",
        "!",
    ]
    chance = random.Random(7)
    return ["".join(chance.choices(pieces, k=chance.randint(1, 30))) for _ in range(3000)]


async def test_the_script_and_the_server_find_the_same_links(person, room):
    split = runpy.run_path(str(FINAL / "search" / "links.py"))["split"]

    ann = await person()
    await ann.make(room)
    scripts = ann.page.locator("script[src*='search/links']")
    address = await scripts.get_attribute("src")
    texts = [text for text, _ in CASES] + made_up_texts()
    found = await ann.page.evaluate(
        "async ([address, texts]) => texts.map((await import(address)).split)", [address, texts]
    )
    for text, parts in zip(texts, found, strict=True):
        assert [tuple(part) for part in parts] == split(text), text
    assert sum(is_link for parts in found for _, is_link in parts) > 500
    for (_, links), parts in zip(CASES, found, strict=False):
        assert [part for part, is_link in parts if is_link] == links
    assert all(
        re.match("https?://", part, re.I) for parts in found for part, is_link in parts if is_link
    )

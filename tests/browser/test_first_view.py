"""What a page shows before its script runs, and without JavaScript."""

import asyncio
import re

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def test_the_messages_show_while_the_socket_is_refused(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await ann.write("can you read this?")
    await expect(ann.stored).to_have_count(1)

    async def refuse(socket):
        await socket.close()

    await bob.page.route_web_socket("**/ws/chat/**", refuse)
    await bob.page.goto(ann.page.url)
    await expect(bob.messages).to_have_text(["can you read this?"])
    await expect(bob.page.locator("#log li time").last).to_have_text(re.compile(r"\d:\d\d"))


async def test_the_messages_show_before_any_script_has_arrived(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await ann.write("no script needed")
    await expect(ann.stored).to_have_count(1)
    held = asyncio.Event()

    async def hold(route):
        await held.wait()
        await route.continue_()

    await bob.page.route("**/*.js", hold)
    await bob.page.goto(ann.page.url, wait_until="commit")
    await expect(bob.messages).to_have_text(["no script needed"])
    await expect(bob.page.locator("#state")).to_have_text("Connecting…")
    held.set()
    await expect(bob.page.locator("#state")).to_have_text("Connected")
    await expect(bob.messages).to_have_text(["no script needed"])


async def test_all_of_a_pages_modules_are_requested_at_once(person, room):
    """Each module that the browser only finds inside another one costs an extra round trip."""
    ann = await person()
    await ann.make(room)
    for path in (ann.page.url, ann.site.url):
        await ann.page.goto(path)
        loaded, named = await ann.page.evaluate(
            """() => [
              performance.getEntriesByType("resource").map(({ name }) => name)
                .filter((name) => name.endsWith(".js")),
              [...document.querySelectorAll("link[rel=modulepreload], script[src]")]
                .map((each) => each.href || each.src),
            ]"""
        )
        assert loaded and set(loaded) == set(named)


async def test_a_page_without_javascript_can_be_read_and_written(person, room):
    ann, bob = await person(), await person(java_script_enabled=False)
    await ann.make(room)
    await ann.write("hello, old browser")
    await expect(ann.stored).to_have_count(1)
    page = bob.page
    await page.goto(ann.page.url)
    await expect(bob.messages).to_have_text(["hello, old browser"])
    await expect(page.locator("noscript p")).to_be_visible()
    await expect(page.locator("#state")).to_be_hidden()
    await page.get_by_label("Message", exact=True).fill("hello\nfrom a form")
    await page.get_by_role("button", name="Send").click()
    for one in (ann, bob):
        await expect(one.messages).to_have_text(["hello, old browser", "hello\nfrom a form"])
    await page.get_by_label("Message", exact=True).fill("x" * 4_001)
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#length")).to_contain_text("at most 4000 characters")
    await expect(page.get_by_label("Message", exact=True)).to_have_value("x" * 4_001)


async def test_a_long_room_can_be_read_to_the_end_without_javascript(person, room, site):
    ann, bob = await person(), await person(java_script_enabled=False)
    await ann.make(room)
    site.fill(room, ann.name, [f"message {number}" for number in range(1, 121)])
    page = bob.page
    await page.goto(ann.page.url)
    texts = await bob.messages.all_text_contents()
    while await page.get_by_role("link", name="Later messages").count():
        await page.get_by_role("link", name="Later messages").click()
        texts += [text for text in await bob.messages.all_text_contents() if text not in texts]
    assert texts == [f"message {number}" for number in range(1, 121)]
    await page.get_by_role("link", name="Earlier messages").click()
    await expect(bob.messages.last).not_to_have_text("message 120")
    await page.get_by_role("link", name="Newest messages").click()
    await expect(bob.messages.last).to_have_text("message 120")

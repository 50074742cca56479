"""After logging out, the screen shows nothing of the user's."""

import asyncio

import patience
import pytest
import pytest_asyncio
from people import Person
from playwright.async_api import async_playwright, expect

from workshop.services import chromium

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def remembering_browser(browser):
    """A browser that keeps pages in memory, as people's browsers do."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=chromium.find(),
            args=chromium.OPTIONS,
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield launched
        await launched.close()


@pytest.mark.parametrize("is_cached", [True, False])
async def test_the_back_button_shows_nothing_private_after_logout(
    person, room, remembering_browser, site, is_cached
):
    ann = await person()
    context = await remembering_browser.new_context()
    if is_cached:  # without this header, the browser's memory takes the page
        await context.route("**/*", without_no_store)
    ann = Person(site, f"{ann.name}-2", context, await context.new_page())
    await ann.join()
    private = await ann.make(room, private=True)
    await ann.write("a secret")
    await expect(ann.stored).to_have_text(["a secret"])
    await ann.page.get_by_role("button", name="Log out").click()
    await expect(ann.page.get_by_role("link", name="Sign up")).to_be_visible()
    await ann.page.go_back()
    await expect(ann.page.get_by_role("heading", name="Log in")).to_be_visible()
    assert private not in await ann.page.locator("body").inner_text()
    assert "a secret" not in await ann.page.content()
    await context.close()


async def without_no_store(route):
    response = await route.fetch(max_redirects=0)
    headers = {**response.headers}
    headers.pop("cache-control", None)
    await route.fulfill(response=response, headers=headers)


async def test_a_logout_in_another_tab_clears_the_screen(person, room):
    ann = await person()
    private = await ann.make(room, private=True)
    await ann.write("a secret")
    await expect(ann.stored).to_have_text(["a secret"])
    in_room, other = ann.page, await ann.context.new_page()
    await other.goto(ann.site.url)
    await other.get_by_role("button", name="Log out").click()
    await expect(in_room.locator("#notice")).to_contain_text("You’ve been logged out")
    await expect(in_room.locator("#log li")).to_have_count(0)
    visible = await in_room.locator("body").inner_text()
    assert private not in visible and ann.name not in visible and "a secret" not in visible
    assert private not in await in_room.title()


async def test_a_page_cleared_by_a_logout_stays_empty(person, room):
    ann = await person()
    private = await ann.make(room, private=True)
    ann.site.fill(private, ann.name, [f"secret {number}" for number in range(1, 81)])
    await ann.enter(private)
    in_room, other = ann.page, await ann.context.new_page()
    released, has_arrived = asyncio.Event(), asyncio.Event()

    async def answer_late(route):
        response = await route.fetch()
        has_arrived.set()
        await released.wait()
        await route.fulfill(response=response)

    await in_room.route("**/messages/?before=*", answer_late)
    await in_room.locator("#log").evaluate("(log) => log.scrollTo(0, 0)")
    await asyncio.wait_for(has_arrived.wait(), patience.SECONDS)
    await in_room.locator("#log li").first.get_by_role("button", name="Edit or delete").click()
    await in_room.get_by_role("menuitem", name="Delete").click()
    await expect(in_room.get_by_role("dialog")).to_contain_text("secret")
    await other.goto(ann.site.url)
    await other.get_by_role("button", name="Log out").click()
    await expect(in_room.locator("#notice")).to_contain_text("You’ve been logged out")
    await expect(in_room.get_by_role("dialog")).to_be_hidden()

    async with in_room.expect_event("requestfinished", lambda request: "before=" in request.url):
        released.set()
    async with in_room.expect_websocket() as refused:
        await in_room.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    if not (socket := await refused.value).is_closed():
        await socket.wait_for_event("close")
    asked = []
    in_room.on("request", lambda request: asked.append(request.url))
    await in_room.locator("#log").evaluate("(log) => log.dispatchEvent(new Event('scroll'))")
    await expect(in_room.locator("#notice")).to_contain_text("You’ve been logged out")
    assert asked == []
    await expect(in_room).to_have_title("Chat")
    assert "secret" not in await in_room.locator("body").inner_text()
    assert "secret" not in await in_room.locator("#message-to-delete").text_content()


async def test_a_logout_clears_the_room_list_in_another_tab(person, room):
    ann = await person()
    await ann.make(room, private=True)
    rooms = await ann.context.new_page()
    await rooms.goto(ann.site.url)
    await expect(rooms.get_by_role("link", name=room)).to_be_visible()
    await ann.page.get_by_role("button", name="Log out").click()
    await expect(ann.page.get_by_role("link", name="Sign up")).to_be_visible()
    await rooms.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(rooms.get_by_role("link", name="Sign up")).to_be_visible()
    await expect(rooms.get_by_role("link", name=room)).to_have_count(0)

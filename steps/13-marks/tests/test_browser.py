from urllib.parse import urlsplit

import browsing
import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect, keeps, message_of, says_that_it_is_connected, shows

pytestmark = pytest.mark.asyncio(loop_scope="session")  # one browser serves all tests
LONG = "many words " * 80


async def test_two_browser_windows_chat(open_room):
    ann, bob = await open_room(), await open_room()
    await message_of(ann).fill("hello <b>Bob</b>")
    await ann.get_by_role("button", name="Send").click()
    for page, name in ((ann, "Ann"), (bob, "Bob")):
        await shows(page, "hello <b>Bob</b>", f"{name}'s window does not show what Ann sent")
    await expect(message_of(ann), "the field still contains what was sent").to_have_value("")


async def test_enter_sends_but_not_while_a_word_is_being_composed(open_room):
    ann = await open_room()
    message = message_of(ann)
    await message.fill("nihon")
    await message.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(message, "Enter sent a word that was still being composed").to_have_value("nihon")
    await message.press("Enter")
    await shows(ann, "nihon", "the Enter key does not send")


async def test_a_lost_connection_comes_back_and_nothing_typed_is_lost(open_page, site, room):
    page = await open_page()
    sockets, network = [], {"up": True}

    async def stand_between(socket):
        sockets.append(socket)
        if network["up"]:
            socket.connect_to_server()
        else:
            await socket.close()

    await page.route_web_socket("**/ws/**", stand_between)
    await page.clock.install()
    await page.goto(f"{site}/chat/{room}/")
    await says_that_it_is_connected(page)

    network["up"] = False
    await sockets[-1].close()
    message = message_of(page)
    complaint = "the page does not say that it is offline"
    await expect(connected_on(page), complaint).to_have_count(0)
    await message.fill("written while offline")
    await message.press("Enter")
    await keeps(page, "written while offline")

    network["up"] = True
    half = browsing.PATIENCE * 500
    await page.clock.fast_forward(half)  # the page waits before it tries again, the test need not
    await says_that_it_is_connected(page, "the page does not reconnect", within=half)
    await message.press("Enter")
    await shows(page, "written while offline", "text typed while offline never arrives")


@pytest.mark.parametrize("scheme, socket_scheme", [("http", "ws"), ("https", "wss")])
async def test_the_socket_follows_the_scheme_of_the_page(
    open_page, site, room, scheme, socket_scheme
):
    page = await open_page()
    opened = []
    await page.route_web_socket("**/ws/**", lambda socket: opened.append(socket.url))

    async def answer_from_the_site(route):
        path = urlsplit(route.request.url).path
        await route.fulfill(response=await route.fetch(url=site + path))

    await page.route("**/*", answer_from_the_site)
    await page.goto(f"{scheme}://chat.example/chat/{room}/")
    await says_that_it_is_connected(page, f"a page on {scheme}:// does not open a socket")
    url = f"{socket_scheme}://chat.example/ws/chat/{room}/"
    assert opened == [url], f"a page on {scheme}:// opened a socket to {opened[0]}"


async def test_the_field_has_the_focus_when_the_page_opens(open_room):
    ann = await open_room()
    complaint = "the Message field is not focused when the page opens, so you have to click first"
    await expect(message_of(ann), complaint).to_be_focused()


async def test_what_you_send_comes_into_sight(open_room):
    ann = await open_room()
    await ann.set_viewport_size({"width": 600, "height": 400})
    message = message_of(ann)
    for number in ("one", "two", "three"):
        await message.fill(f"{LONG} number {number}")
        await message.press("Enter")
        await shows(ann, f"number {number}", "the Enter key does not send")
    await ann.get_by_role("log").hover()
    await ann.mouse.wheel(0, -20_000)
    complaint = "the message log cannot be scrolled"
    await expect(ann.get_by_text("number three"), complaint).not_to_be_in_viewport(ratio=1)
    await message.fill("my own")
    await message.press("Enter")
    complaint = "after you have scrolled back, you do not see what you send"
    await expect(ann.get_by_text("my own"), complaint).to_be_in_viewport()

from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.async_api import expect


@pytest.fixture(scope="module")
def site(redis, serve):
    url = f"http://{serve()}"
    with urlopen(f"{url}/chat/lobby/"):
        return url


@pytest.fixture
async def open_room(browser, site, room):
    """Open the room in a browser window of its own, as one more person would."""

    async def open_window():
        page = await (await browser.new_context()).new_page()
        await page.goto(f"{site}/chat/{room}/")
        await expect(page.get_by_role("status")).to_have_text("Connected", timeout=15_000)
        return page

    return open_window


async def test_two_browser_windows_chat(open_room):
    ann, bob = await open_room(), await open_room()
    await ann.get_by_label("Message", exact=True).fill("hello <b>Bob</b>")
    await ann.get_by_role("button", name="Send").click()
    for page in (ann, bob):
        await expect(page.get_by_role("log").locator("p")).to_have_text("hello <b>Bob</b>")
    await expect(ann.get_by_label("Message", exact=True)).to_have_value("")


async def test_enter_sends_but_not_while_a_word_is_being_composed(open_room):
    ann = await open_room()
    message = ann.get_by_label("Message", exact=True)
    await message.fill("nihon")
    await message.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(message).to_have_value("nihon")
    await message.press("Enter")
    await expect(ann.get_by_role("log").locator("p")).to_have_text("nihon")


async def test_a_lost_connection_comes_back_and_nothing_typed_is_lost(browser, site, room):
    page = await browser.new_page()
    sockets, network = [], {"up": True}

    async def stand_between(socket):
        sockets.append(socket)
        if network["up"]:
            socket.connect_to_server()
        else:
            await socket.close()

    await page.route_web_socket("**/ws/**", stand_between)
    await page.goto(f"{site}/chat/{room}/")
    state, message = page.get_by_role("status"), page.get_by_label("Message", exact=True)
    await expect(state).to_have_text("Connected", timeout=15_000)

    network["up"] = False
    await sockets[-1].close()
    await expect(state).to_contain_text("Offline")
    await message.fill("written while offline")
    await message.press("Enter")
    await expect(message).to_have_value("written while offline")

    network["up"] = True
    await expect(state).to_have_text("Connected", timeout=15_000)
    await message.press("Enter")
    await expect(page.get_by_role("log").locator("p")).to_have_text("written while offline")


@pytest.mark.parametrize("scheme, socket_scheme", [("http", "ws"), ("https", "wss")])
async def test_the_socket_follows_the_scheme_of_the_page(
    browser, site, room, scheme, socket_scheme
):
    page = await browser.new_page()
    opened = []
    await page.route_web_socket("**/ws/**", lambda socket: opened.append(socket.url))

    async def answer_from_the_site(route):
        path = urlsplit(route.request.url).path
        await route.fulfill(response=await route.fetch(url=site + path))

    await page.route("**/*", answer_from_the_site)
    await page.goto(f"{scheme}://chat.example/chat/{room}/")
    await expect(page.get_by_role("status")).to_have_text("Connected")
    assert opened == [f"{socket_scheme}://chat.example/ws/chat/{room}/"]

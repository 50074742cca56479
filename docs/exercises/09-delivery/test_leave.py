import asyncio

import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect, message_of
from test_delivery import Network, happens, open_through, shows_once, write

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def asks_before_it_closes(page):
    """Close a page as its user would; return whether it asks first. Then it stays open."""
    asked, answered = [], asyncio.Event()

    async def stay(dialog):
        asked.append(dialog.type)
        await dialog.dismiss()
        answered.set()

    page.on("dialog", stay)
    page.on("close", lambda _: answered.set())
    await page.close(run_before_unload=True)
    await happens(answered, "the page neither closes nor asks")
    return asked == ["beforeunload"]


async def test_a_page_with_unsaved_messages_asks_before_it_closes(open_page, site, room):
    page, network = await open_page("Ann"), Network()
    await open_through(network, page, f"{site}/chat/{room}/")
    await network.go_down()
    await expect(connected_on(page), "the page does not say that it is offline").to_have_count(0)
    await write(page, "not saved")
    await expect(page.get_by_text("not saved"), "the message is not shown").to_be_visible()
    assert await asks_before_it_closes(page), "the page closes, and the message is lost"


async def test_a_page_without_unsaved_messages_closes_at_once(open_page, site, room):
    page, network = await open_page("Ann"), Network()
    await open_through(network, page, f"{site}/chat/{room}/")
    await write(page, "saved")
    await shows_once(page, "saved", "Enter does not send")
    await message_of(page).fill("a draft")
    assert not await asks_before_it_closes(page), "the page asks although everything is saved"

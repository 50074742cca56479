import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect
from test_delivery import Network, open_through, shows_once, stored_in, write

pytestmark = pytest.mark.asyncio(loop_scope="session")
FULL = """
Storage.prototype.setItem = () => {
  throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
};
"""


@pytest.fixture
def network():
    return Network()


async def test_a_message_is_sent_although_the_storage_is_full(open_page, site, room, network):
    page = await open_page("Ann")
    await page.add_init_script(FULL)
    await open_through(network, page, f"{site}/chat/{room}/")
    await write(page, "no room left")
    await shows_once(page, "no room left", "with a full storage, nothing is sent")
    assert await stored_in(room) == [(1, "no room left")]


async def test_a_message_waits_in_memory_while_the_page_is_offline(open_page, site, room, network):
    page = await open_page("Ann")
    await page.add_init_script(FULL)
    await open_through(network, page, f"{site}/chat/{room}/")
    await network.go_down()
    await expect(connected_on(page), "the page does not say that it is offline").to_have_count(0)
    await write(page, "kept in memory")
    complaint = "what was written offline is not shown"
    await expect(page.get_by_text("kept in memory"), complaint).to_be_visible()
    await network.come_back(page)
    await shows_once(page, "kept in memory", "what was written offline is never sent")

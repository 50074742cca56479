import pytest
from browsing import *  # noqa: F403
from browsing import expect


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_shows_you_before_the_others(open_room):
    cem = await open_room("Cem")
    complaint = "the page does not show that nobody else is here"
    await expect(cem.get_by_text("only you"), complaint).to_be_visible()
    await open_room("Ann")
    complaint = "the page does not show you, and then Ann"
    await expect(cem.get_by_text("you, Ann"), complaint).to_be_visible()
    await expect(cem.get_by_text("only you"), "the page says that nobody is here").to_have_count(0)

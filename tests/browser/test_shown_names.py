"""People are shown by display name, with the username next to it."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def name(person, display_name):
    await person.page.goto(f"{person.site.url}/accounts/")
    await person.page.get_by_label("Display name").fill(display_name)
    await person.page.get_by_role("button", name="Save").click()
    await expect(person.page.get_by_role("status")).to_have_text("Your display name was changed.")


@pytest.mark.parametrize("differs", [True, False])
async def test_people_here_and_people_typing_are_shown_with_both_names(person, room, differs):
    ann, bob = await person(), await person()
    display_name = f"Bob Miller {bob.name[-4:]}x" if differs else bob.name
    await name(bob, display_name)
    await ann.make(room)
    await bob.enter(room)
    line = ann.page.locator("#here li", has_text=bob.name)
    await expect(line).to_have_text(f"{display_name} {bob.name}" if differs else bob.name)
    await bob.page.get_by_label("Message", exact=True).press_sequentially("hm")
    beside = f" ({bob.name})" if differs else ""
    typing = ann.page.locator("#typing")
    await expect(typing).to_have_text(f"{display_name}{beside} is typing…")


async def test_the_list_of_people_shows_usernames_next_to_display_names(person, room):
    ann, bob = await person(), await person()
    await name(bob, f"Bob Miller {bob.name[-4:]}x")
    await ann.make(room)
    await bob.enter(room)
    await ann.page.goto(f"{ann.site.url}/chat/{room}/people/")
    gap = await ann.page.locator(".name", has=ann.page.locator("small")).evaluate(
        """(name) => {
          const [left, right] = name.querySelectorAll("bdi");
          return right.getBoundingClientRect().left - left.getBoundingClientRect().right;
        }"""
    )
    assert 0 < gap < 20

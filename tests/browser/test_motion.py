"""Pages fade into each other, and nothing moves for people who want less motion."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

WATCH = """addEventListener("pagereveal", ({ viewTransition }) => {
  window.fades = Boolean(viewTransition);
});"""
FADES = "window.fades !== undefined && [window.fades]"

MOVING = """() => {
  const elements = [...document.querySelectorAll("*")];
  const moves = (style) => style.animationName !== "none" || style.scrollBehavior !== "auto"
    || style.transitionDuration.split(", ").some((seconds) => parseFloat(seconds) > 0);
  const moving = elements.filter((element) => moves(getComputedStyle(element)));
  return [elements.length, moving.length, document.getAnimations().length];
}"""


async def fades(page):
    """Return whether this page faded in when it was shown."""
    return (await (await page.wait_for_function(FADES)).json_value())[0]


@pytest.mark.parametrize(("motion", "expected"), [("no-preference", True), ("reduce", False)])
async def test_pages_fade_into_each_other_if_motion_is_welcome(person, room, motion, expected):
    ann = await person(reduced_motion=motion)
    page = ann.page
    await ann.make(room)
    await page.goto(ann.site.url)
    await ann.context.add_init_script(WATCH)
    await page.locator("main").get_by_role("link", name=room).click()
    await expect(page.locator("#state")).to_have_text("Connected")
    assert await fades(page) is expected
    await page.get_by_role("link", name="Rooms", exact=True).click()
    await expect(page.get_by_role("heading", name="Rooms")).to_be_visible()
    assert await fades(page) is expected


async def test_nothing_moves_with_reduced_motion(person, room):
    ann = await person(reduced_motion="reduce")
    await ann.make(room)
    await ann.write("hello")
    await expect(ann.stored).to_have_text(["hello"])
    for path in (f"/chat/{room}/", "/", f"/chat/{room}/people/", "/accounts/", "/nothing/here/"):
        if path != f"/chat/{room}/":
            await ann.page.goto(ann.site.url + path)
        total, *moving = await ann.page.evaluate(MOVING)
        assert total > 10 and moving == [0, 0], path


async def test_a_moving_element_would_be_found(person):
    ann = await person(reduced_motion="reduce")
    await ann.page.evaluate("document.querySelector('h1').style.transition = 'opacity 1s'")
    _, moving, _ = await ann.page.evaluate(MOVING)
    assert moving == 1

"""The list of messages: history, scrolling, hostile text."""

import asyncio

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


HOSTILE = [
    "<script>window.broken = 1</script>",
    "<img src=x onerror='window.broken = 1'>",
    "</script><svg onload='window.broken = 1'>",
    "javascript:window.broken=1",
    "\u202eright to left for ever",
    "z" + "\u0301" * 500,
    "w" * 600,
]


async def test_history_loads_upward_to_the_first_message_without_a_jump(person, room, site):
    ann = await person()
    await ann.make(room)
    texts = [f"message {number}" for number in range(1, 181)]
    site.fill(room, ann.name, texts)
    await ann.enter(room)
    await expect(ann.messages).to_have_count(50)
    assert (await ann.messages.all_text_contents())[-1] == "message 180"
    at_end = "(log) => log.scrollHeight - log.scrollTop - log.clientHeight"
    assert await ann.page.locator("#log").evaluate(at_end) < 1

    for count in (100, 150, 180):
        before = await ann.page.locator("#log").evaluate(
            """(log) => {
              log.scrollTop = 200;
              const line = [...log.querySelectorAll("li")].find((line) =>
                line.getBoundingClientRect().top > log.getBoundingClientRect().top);
              return [line.dataset.seq, line.getBoundingClientRect().top];
            }"""
        )
        await expect(ann.messages).to_have_count(count)
        top = await ann.page.locator(f"#log li[data-seq='{before[0]}']").evaluate(
            "(line) => line.getBoundingClientRect().top"
        )
        assert abs(top - before[1]) < 2
    await expect(ann.messages).to_have_text(texts)


async def test_scrolling_on_while_a_page_of_history_loads_does_not_freeze_the_tab(
    person, room, site
):
    ann = await person()
    await ann.make(room)
    texts = [f"message {number}" for number in range(1, 81)]
    site.fill(room, ann.name, texts)
    await ann.enter(room)
    released = asyncio.Event()

    async def answer_late(route):
        await released.wait()
        await route.continue_()

    await ann.page.route("**/messages/?before=*", answer_late)
    async with ann.page.expect_request("**/messages/?before=*"):
        await ann.page.locator("#log").evaluate("(log) => log.scrollTo(0, 0)")
    await ann.page.evaluate(
        """() => {
          const scroll = () => document.getElementById("log").dispatchEvent(new Event("scroll"));
          setTimeout(scroll); // later, or a frozen tab would never answer this call
        }"""
    )
    released.set()
    await expect(ann.messages).to_have_text(texts)


async def test_day_names_are_updated_at_midnight_even_after_25_hours(person, room):
    ann = await person(timezone_id="Europe/Berlin")
    await ann.make(room)
    await ann.write("what day is it?")
    await expect(ann.stored).to_have_count(1)
    await ann.page.clock.install(time="2026-10-25T00:30:00+02:00")
    await ann.enter(room)
    await ann.page.evaluate(
        """() => {
          window.namings = 0;
          const isDay = (node) => node.className === "day";
          const count = (added) => [...added].filter(isDay).length;
          new MutationObserver((records) => {
            for (const { addedNodes } of records) window.namings += count(addedNodes);
          }).observe(document.getElementById("log"), { childList: true, subtree: true });
        }"""
    )
    for time, namings in (
        ("2026-10-25T00:40:00+02:00", 0),
        ("2026-10-25T23:59:00+01:00", 0),
        ("2026-10-26T00:00:05+01:00", 1),
        ("2026-10-26T00:10:00+01:00", 1),
    ):
        await ann.page.clock.pause_at(time)
        assert await ann.page.evaluate("namings") == namings, time


async def test_only_new_messages_are_in_the_live_log(person, room):
    ann = await person()
    await ann.make(room)
    await ann.write("old")
    await ann.enter(room)
    await ann.write("new")
    await expect(ann.messages).to_have_text(["old", "new"])
    await expect(ann.page.get_by_role("log").locator("li p")).to_have_text(["new"])


async def test_hostile_text_is_shown_as_plain_text_within_its_line(person, room):
    ann, bob = await person(), await person(viewport={"width": 390, "height": 844})
    await ann.make(room)
    await bob.enter(room)
    for text in HOSTILE:
        await ann.write(text)
    for one in (ann, bob):
        await expect(one.stored).to_have_count(len(HOSTILE))
        assert await one.stored.all_text_contents() == HOSTILE
        assert await one.page.evaluate("window.broken") is None
        assert await one.page.locator("#log :is(script, img, svg, p a)").count() == 0
        await expect_no_sideways_scrolling(one.page)


async def expect_no_sideways_scrolling(page):
    wide = await page.evaluate(
        "[document.documentElement, ...document.querySelectorAll('#log, main')]"
        ".filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.outerHTML)"
    )
    assert wide == []


async def test_scrolled_up_readers_stay_there_and_get_a_button_to_new_messages(person, room, site):
    ann, bob = await person(), await person()
    await ann.make(room)
    site.fill(room, ann.name, [f"message {number}" for number in range(1, 41)])
    await bob.enter(room)
    await ann.enter(room)
    log = bob.page.locator("#log")
    await log.evaluate("(log) => log.scrollTo(0, 500)")
    await bob.page.wait_for_function("document.getElementById('log').scrollTop === 500")
    await ann.write("news")
    button = bob.page.get_by_role("button", name="New messages")
    await expect(button).to_be_visible()
    assert await log.evaluate("(log) => log.scrollTop") == 500
    await button.click()
    await expect(button).to_be_hidden()
    await expect(bob.messages.last).to_be_in_viewport()
    await ann.write("more news")
    await expect(bob.messages.last).to_have_text("more news")
    await expect(bob.messages.last).to_be_in_viewport()
    await expect(button).to_be_hidden()

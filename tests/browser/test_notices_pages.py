"""The `notices` app's additions: counts for all rooms, names and notifications."""

import asyncio
import json
import re
import runpy
import unicodedata

import patience
import pytest
from chat_site import FINAL
from looks import SIZES, flaws
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

TABLE = json.loads((FINAL / "tests" / "mentions.json").read_text("utf-8"))
NAME = runpy.run_path(str(FINAL / "notices" / "names.py"))["NAME"]

HIDE = """(isHidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""

# Stands in for the browser's notifications, which no test can see. The permission outlasts a page.
NOTIFICATIONS = """
window.shown = [];
window.asked = 0;
window.Notification = class {
  static get permission() { return localStorage.getItem("permission") ?? "default"; }
  static async requestPermission() {
    window.asked += 1;
    localStorage.setItem("permission", window.answer ?? "granted");
    return Notification.permission;
  }
  constructor(title, options) {
    if (Notification.permission !== "granted") throw new Error("not allowed");
    window.shown.push([title, options.tag]);
    window.newest = this;
  }
};
"""


async def new_tab(person, path=""):
    tab = await person.context.new_page()
    await tab.goto(f"{person.site.url}{path}")
    return tab


async def two_rooms(ann, bob, room):
    """Bob has one room open, and has also entered Ann's. Returns the name of Ann's room."""
    other = f"{room}-2"
    await ann.make(other)
    await bob.enter(other)
    await expect(ann.page.locator("#here li")).to_have_count(2)
    await bob.make(room)
    return other


def link_to(page, room):
    return page.locator(f"[data-rooms] a[href='/chat/{room}/']")


async def holds_connection(page):
    """Whether this tab has the lock, and therefore the connection for all tabs."""
    return await page.evaluate(
        """async () => {
          const { user } = document.getElementById("alerts").dataset;
          const { clientId } = await navigator.locks.query().then(({ held }) =>
            held.find(({ name }) => name === `notices-${user}`) ?? {});
          return clientId;
        }"""
    )


async def test_a_rooms_title_and_list_show_activity_in_other_rooms(person, room):
    ann, bob = await person(), await person()
    other = await two_rooms(ann, bob, room)
    for number in (1, 2, 3):
        await ann.write(f"message {number}")
    await expect(bob.page).to_have_title(f"(3) {room} · Chat")
    await expect(link_to(bob.page, other).locator("b")).to_have_text("3 unread")
    await bob.page.evaluate(HIDE, True)
    await ann.enter(room)
    await ann.write("and one here")
    await expect(bob.page).to_have_title(f"(4) {room} · Chat")
    await bob.page.evaluate(HIDE, False)
    await expect(bob.page).to_have_title(f"(3) {room} · Chat")


async def test_the_room_list_also_counts_rooms_on_its_other_pages(person, room):
    ann, bob = await person(), await person()
    other = await two_rooms(ann, bob, room)
    await bob.page.goto(f"{bob.site.url}/?q=no-room-has-this-name")
    await ann.write("one")
    await expect(bob.page).to_have_title("(1) Chat")
    await bob.page.goto(bob.site.url)
    await expect(link_to(bob.page, other)).to_contain_text("1 unread")
    await ann.write("two")
    await expect(link_to(bob.page, other)).to_contain_text("2 unread")


async def test_redrawing_the_list_keeps_the_counts_and_the_focus(person, room):
    ann, bob = await person(), await person()
    other = await two_rooms(ann, bob, room)
    await ann.write(f"hello @{bob.name}")
    link = link_to(bob.page, other)
    await expect(link.locator("b.mentions")).to_have_text("@1 mention")
    await link.focus()
    async with bob.page.expect_response("**/rooms/"):
        await bob.page.evaluate("dispatchEvent(new Event('chat-rooms-outdated'))")
    await expect(link.locator("b.mentions")).to_have_text("@1 mention")
    await expect(link).to_be_focused()


async def test_a_new_room_appears_with_its_first_message(person, room):
    ann, bob = await person(), await person()
    await bob.make(room)
    await ann.enter(room)
    await ann.page.goto(f"{ann.page.url}person/?name={bob.name}")
    await ann.page.get_by_role("button", name=f"Message {bob.name}").click()
    await expect(ann.page.locator("#state")).to_have_text("Connected")
    await ann.write("just between us")
    await expect(
        bob.page.locator("#side [data-rooms] a").filter(has_text=ann.name)
    ).to_contain_text("1 unread")


async def test_after_a_removal_the_count_disappears_from_the_title(person, room):
    ann, bob = await person(), await person()
    other = await two_rooms(ann, bob, room)
    await ann.write(f"hello @{bob.name}")
    await expect(bob.page).to_have_title(f"@1 (1) {room} · Chat")
    tab = await new_tab(ann, f"/chat/{other}/person/?name={bob.name}")
    await tab.get_by_role("button", name="Ban", exact=True).click()
    await expect(bob.page).to_have_title(f"{room} · Chat")
    await expect(link_to(bob.page, other).locator("b")).to_have_count(0)


async def test_one_tab_has_the_connection_and_another_takes_over_from_it(person, room):
    ann, bob = await person(), await person()
    sockets = []
    bob.context.on("page", lambda page: page.on("websocket", lambda socket: sockets.append(socket)))
    other = await two_rooms(ann, bob, room)
    tabs = [await new_tab(bob, path) for path in (f"/chat/{room}/", "/")]
    await ann.write("one")
    for tab in tabs:
        await expect(tab).to_have_title(re.compile(r"^\(1\) "))
        await expect(link_to(tab, other)).to_contain_text("1 unread")
    assert not [socket for socket in sockets if "/ws/notices/" in socket.url]
    await bob.page.close()
    await ann.write("two")
    for tab in tabs:
        await expect(tab).to_have_title(re.compile(r"^\(2\) "))
    [socket] = [socket for socket in sockets if "/ws/notices/" in socket.url]
    assert not socket.is_closed()


async def test_a_visible_tab_takes_over_from_a_suspended_one(person, room):
    ann, bob = await person(), await person()
    other = await two_rooms(ann, bob, room)
    first = await holds_connection(bob.page)
    tab = await new_tab(bob)
    await ann.write("one")
    await expect(link_to(tab, other)).to_contain_text("1 unread")
    assert await holds_connection(tab) == first
    await tab.evaluate("Date.now = () => performance.timeOrigin + performance.now() + 60_000")
    await tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await tab.wait_for_function(
        """async ([name, first]) => {
          const { held } = await navigator.locks.query();
          return held.some((each) => each.name === name && each.clientId !== first);
        }""",
        arg=[f"notices-{await tab.locator('#alerts').get_attribute('data-user')}", first],
    )
    await ann.write("two")
    await expect(link_to(tab, other)).to_contain_text("2 unread")
    await expect(link_to(bob.page, other)).to_contain_text("2 unread")


async def test_with_a_live_connection_the_list_is_reloaded_once_a_minute(person, room):
    ann, bob = await person(), await person()
    await two_rooms(ann, bob, room)
    every = bob.page.locator("[data-rooms]")
    await expect(every).to_have_attribute("data-every", "60000")
    await bob.page.route_web_socket("**/ws/notices/", lambda socket: socket.close())
    await bob.page.reload()
    await expect(bob.page.locator("#state")).to_have_text("Connected")
    await expect(every).not_to_have_attribute("data-every", "60000")


async def test_members_names_are_highlighted_and_the_readers_own_most(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    await ann.write(f"@{bob.name}, @{ann.name}: ask @nobody at x@{bob.name}.")
    for reader in (ann, bob):
        line = reader.page.locator("#log li").last
        await expect(line.locator(".mention")).to_have_text([f"@{bob.name}", f"@{ann.name}"])
        await expect(line.locator("mark")).to_have_text([f"@{reader.name}"])
        is_meant = 1 if reader is bob else 0
        await expect(reader.page.locator("#log .mentions-me")).to_have_count(is_meant)
        await expect(reader.messages.last).to_have_text(
            f"@{bob.name}, @{ann.name}: ask @nobody at x@{bob.name}."
        )
    await bob.enter(room)
    await expect(bob.page.locator("#log li mark")).to_have_text([f"@{bob.name}"])


async def test_an_edit_moves_the_mark_and_its_author_edits_the_plain_text(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    await ann.write(f"lunch, @{bob.name}?")
    await expect(bob.page.locator("#log mark")).to_have_count(1)
    field = ann.page.get_by_label("Message", exact=True)
    await field.press("ArrowUp")
    await expect(field).to_have_value(f"lunch, @{bob.name}?")
    await ann.write("lunch, all?")
    await expect(bob.messages).to_have_text(["lunch, all?"])
    await expect(bob.page.locator("#log mark, #log .mentions-me")).to_have_count(0)


async def test_the_page_looks_up_each_name_once_and_again_after_an_error(person, room):
    ann = await person()
    await ann.make(room)
    asked, has_failed = [], asyncio.Event()

    async def answer(route):
        asked.append(route.request.url.partition("?")[2])
        await (route.continue_() if has_failed.is_set() else route.abort())
        has_failed.set()

    await ann.page.route("**/names/**", answer)
    await ann.write("@somebody")
    await expect(ann.stored).to_have_count(1)
    await asyncio.wait_for(has_failed.wait(), patience.SECONDS)
    await ann.write(f"@somebody and @{ann.name}")
    await expect(ann.page.locator("mark")).to_have_count(1)
    await ann.write(f"again @somebody and @{ann.name}")
    await expect(ann.page.locator("mark")).to_have_count(2)
    assert sorted("&".join(asked[1:]).split("&")) == sorted(["name=somebody", f"name={ann.name}"])


async def test_the_browser_finds_the_same_names_as_the_server(person):
    ann = await person()
    found = await ann.page.evaluate(
        """async (texts) => {
          const source = document.querySelector("[href*='notices/names']").href;
          const { findNames } = await import(source);
          return texts.map(findNames);
        }""",
        [text for text, _ in TABLE],
    )
    assert found == [names for _, names in TABLE]
    assert found == [NAME.findall(unicodedata.normalize("NFC", text)) for text, _ in TABLE]


async def test_the_browser_and_the_server_agree_about_each_letter_that_both_know(person):
    ann = await person()
    points = await ann.page.evaluate(
        r"""() => {
          const points = [];
          for (let point = 0; point <= 0x10ffff; point += 1) {
            const letter = String.fromCodePoint(point);
            if (/[\p{L}\p{N}_]/u.test(letter)) points.push([point, true]);
            else if (/\p{Cn}/u.test(letter)) points.push([point, null]);
          }
          return points;
        }"""
    )
    browser = dict(map(tuple, points))
    known = [
        point
        for point in range(0x110000)
        if unicodedata.category(chr(point)) != "Cn" and browser.get(point, False) is not None
    ]
    assert len(known) > 250_000
    differing = [
        hex(point)
        for point in known
        if bool(re.fullmatch(r"\w", chr(point))) != browser.get(point, False)
    ]
    assert differing == []


async def allow(bob, page):
    button = page.get_by_role("button", name="Notify me of mentions")
    await expect(button).to_have_attribute("aria-pressed", "false")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(button).to_have_attribute("aria-pressed", "true")
    return button


async def test_a_mention_triggers_a_notification_while_the_page_is_hidden(person, room):
    ann, bob = await person(), await person()
    await bob.context.add_init_script(NOTIFICATIONS)
    other = await two_rooms(ann, bob, room)
    assert await bob.page.evaluate("asked") == 0
    button = await allow(bob, bob.page)
    assert await bob.page.evaluate("asked") == 1
    await ann.write(f"@{bob.name}, you see this")
    await expect(bob.page).to_have_title(f"@1 (1) {room} · Chat")
    await bob.page.evaluate(HIDE, True)
    await ann.write("nobody in particular")
    await ann.write(f"@{bob.name}, are you there?")
    await expect(bob.page).to_have_title(f"@2 (3) {room} · Chat")
    await bob.page.wait_for_function("() => shown.length > 0")
    title = f"You were mentioned in {other}"
    assert await bob.page.evaluate("shown") == [[title, f"chat-{other}"]]
    await bob.page.evaluate(HIDE, False)
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "false")
    await bob.page.evaluate(HIDE, True)
    await ann.write(f"@{bob.name}, and now?")
    await expect(bob.page).to_have_title(f"@3 (4) {room} · Chat")
    assert len(await bob.page.evaluate("shown")) == 1
    assert await bob.page.evaluate("asked") == 1
    await bob.page.evaluate("newest.onclick()")
    await expect(bob.page.get_by_role("heading", level=1)).to_have_text(other)


async def test_no_notification_comes_while_another_tab_is_visible(person, room):
    ann, bob = await person(), await person()
    await bob.context.add_init_script(NOTIFICATIONS)
    await two_rooms(ann, bob, room)
    await allow(bob, bob.page)
    tab = await new_tab(bob)
    await bob.page.evaluate(HIDE, True)
    await ann.write(f"@{bob.name}, one")
    for page in (bob.page, tab):
        await expect(page).to_have_title(re.compile(r"^@1 \(1\) "))
    await tab.evaluate(HIDE, True)
    await ann.write(f"@{bob.name}, two")
    await bob.page.wait_for_function("() => shown.length > 0")
    assert len(await bob.page.evaluate("shown")) == 1
    assert await tab.evaluate("shown") == []


async def test_a_browser_that_blocks_notifications_is_not_asked_again(person, room):
    ann = await person()
    await ann.context.add_init_script(NOTIFICATIONS + "window.answer = 'denied';")
    await ann.make(room)
    await ann.page.get_by_role("button", name="Notify me of mentions").click()
    blocked = ann.page.get_by_role("button", name="Notifications are blocked")
    await expect(blocked).to_be_disabled()
    await ann.page.reload()
    await expect(ann.page.locator("#state")).to_have_text("Connected")
    await expect(ann.page.locator("#alerts")).to_be_hidden()
    assert await ann.page.evaluate("asked") == 0


async def test_a_logout_in_another_tab_clears_the_counts_in_the_title(person, room):
    ann, bob = await person(), await person()
    await two_rooms(ann, bob, room)
    await ann.write("one")
    await expect(bob.page).to_have_title(f"(1) {room} · Chat")
    tab = await new_tab(bob)
    await tab.get_by_role("button", name="Log out").click()
    await expect(bob.page.get_by_role("link", name="Log in")).to_be_visible()
    await expect(bob.page).to_have_title("Chat")
    await ann.write("two")
    await expect(ann.stored).to_have_count(2)
    await expect(bob.page).to_have_title("Chat")


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_and_nothing_overflows_with_marks_and_badges(person, room, size):
    ann, bob = await person(), await person(viewport=SIZES[size])
    other = await two_rooms(ann, bob, room)
    await ann.write(f"@{bob.name}, one")
    await ann.enter(room)
    await ann.write(f"@{bob.name} and @{ann.name}, two")
    await bob.write(f"@{ann.name} and @{bob.name}, three")
    await expect(bob.page.locator("#log .mention")).to_have_count(4)
    await expect(link_to(bob.page, other).locator("b.mentions")).to_have_text("@1 mention")
    findings = await flaws(bob.page, "room")
    if size == "phone":
        await bob.page.locator("#count").click()
        findings += await flaws(bob.page, "drawer")
    await bob.page.goto(bob.site.url)
    await expect(link_to(bob.page, other).locator("b.mentions")).to_have_text("@1 mention")
    assert findings + await flaws(bob.page, "list") == []


async def test_forced_colours_show_ones_own_name_and_badge_edges(person, room):
    ann, bob = await person(), await person(forced_colors="active")
    other = await two_rooms(ann, bob, room)
    await ann.write(f"@{bob.name}, one")
    await bob.write(f"I, @{bob.name}")
    mark = bob.page.locator("#log mark")
    badge = link_to(bob.page, other).locator("b.mentions")
    await expect(mark).to_be_visible()
    await expect(badge).to_be_visible()
    back = "(it) => getComputedStyle(it).backgroundColor"
    assert await mark.evaluate(back) != await bob.page.locator("#log li").evaluate(back)
    edge = "(it) => [getComputedStyle(it).borderTopStyle, getComputedStyle(it).borderTopColor]"
    style, colour = await badge.evaluate(edge)
    assert style == "solid" and colour != await bob.page.locator("body").evaluate(back)

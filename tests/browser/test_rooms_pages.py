"""The `rooms` app's additions: titles, invitations, people, and deleting a room."""

import patience
import pytest
from looks import SIZES, flaws
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

FOCUSED = """() => {
  const { activeElement: it } = document;
  const label = it.labels?.[0]?.textContent ?? "";
  return [it.ariaLabel, it.textContent, label, it.value].map((text) => text?.trim());
}"""


async def tab_to(page, name):
    """Press the Tab key until the element called `name` has the focus."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if name in await page.evaluate(FOCUSED):
            return
    raise AssertionError(f"the Tab key does not lead to {name!r}")


async def press(page, name, key="Enter"):
    await tab_to(page, name)
    await page.keyboard.press(key)


async def open_side(page):
    """Open the drawer, which holds the people and links on phones."""
    if await page.locator("#count").is_visible():
        await press(page, await page.locator("#count").text_content())
        await expect(page.locator("#side")).to_be_visible()


async def invite(owner, room):
    """Create an invitation link in the room's settings and return it."""
    await owner.page.goto(f"{owner.site.url}/chat/{room}/settings/")
    await owner.page.get_by_role("button", name="Create a link").click()
    return await owner.page.get_by_label("Link 1", exact=True).input_value()


async def join(guest, link):
    await guest.page.goto(link)
    await guest.page.get_by_role("button", name="Join").click()
    await expect(guest.page.locator("#state")).to_have_text("Connected")


async def every_page(ann, bob, room):
    """Visit each of the app's pages, empty, full and with errors."""
    page, url = ann.page, f"{ann.site.url}/chat/{room}/"
    link = await invite(ann, room)
    yield page, "settings with an invitation"
    await page.locator("#id_title").fill("W" * 80)
    await page.get_by_label("Topic").fill("Where to go on Saturday " * 10)
    await page.get_by_role("button", name="Save").click()
    await page.get_by_label("Name of the room").fill("not this one")
    await page.get_by_role("button", name="Delete room").click()
    yield page, "settings with an error"
    await bob.page.goto(link)
    yield bob.page, "invitation"
    await bob.page.goto(f"{link}x/")
    yield bob.page, "invitation that is not valid"
    await join(bob, link)
    yield bob.page, "room with a topic"
    await page.goto(f"{url}people/")
    yield page, "people"
    await page.get_by_role("link", name=bob.name).click()
    yield page, "person"
    await page.get_by_role("button", name="Ban", exact=True).click()
    yield page, "people with a ban"
    await expect(bob.page.locator("#notice")).to_have_text("This room is not open to you.")
    yield bob.page, "room that is closed to a user"
    await page.goto(f"{url}person/?name={ann.name}")
    yield page, "oneself"
    await page.goto(f"{url}leave/")
    yield page, "leaving as the owner"


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_and_nothing_overflows_on_a_rooms_pages(person, room, size):
    ann, bob = await person(viewport=SIZES[size]), await person(viewport=SIZES[size])
    room = await ann.make(room, private=True)
    findings = []
    async for page, name in every_page(ann, bob, room):
        findings += await flaws(page, name)
    assert findings == []


@pytest.mark.parametrize("size", SIZES)
async def test_a_room_can_be_renamed_with_the_keyboard_and_open_pages_follow(person, room, size):
    ann, bob = await person(viewport=SIZES[size]), await person(viewport=SIZES[size])
    await ann.make(room)
    await bob.enter(room)
    page = ann.page
    title = f"Tea & <b>talk</b> ({size})"
    await expect(page.locator("#here li")).to_have_count(2)
    await open_side(page)
    await press(page, "Settings")
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"Settings of {room}")
    await tab_to(page, "Name:")
    await page.keyboard.press("Control+A")
    await page.keyboard.type(title)
    await tab_to(page, "Topic:")
    await page.keyboard.type("Which kettle is best")
    await press(page, "Save")
    await expect(page.get_by_role("status").first).to_have_text("The room was changed.")
    await expect(bob.page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(bob.page.locator("#topic")).to_have_text("Which kettle is best")
    await expect(bob.page).to_have_title(f"{title} · Chat")
    await bob.write("still here")
    await expect(bob.stored).to_have_text(["still here"])
    await ann.enter(room)
    await expect(ann.page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize("size", SIZES)
async def test_a_name_leads_to_a_direct_message_with_the_keyboard_alone(person, room, size):
    ann, bob = await person(viewport=SIZES[size]), await person()
    await ann.make(room)
    await bob.enter(room)
    await expect(ann.page.locator("#here li")).to_have_count(2)
    await open_side(ann.page)
    await press(ann.page, bob.name)
    await expect(ann.page.get_by_role("heading", level=1)).to_have_text(bob.name)
    await press(ann.page, f"Message {bob.name}")
    await expect(ann.page.get_by_role("heading", level=1)).to_have_text(bob.name)
    await expect(ann.page.locator("#state")).to_have_text("Connected")
    await ann.write("just between us")
    await bob.page.goto(bob.site.url)
    await bob.page.get_by_role("link", name=ann.name).click()
    await expect(bob.messages).to_have_text(["just between us"])


async def test_a_person_can_be_banned_with_the_keyboard_and_their_page_says_so(person, room):
    ann, bob = await person(), await person()
    room = await ann.make(room, private=True)
    await join(bob, await invite(ann, room))
    await ann.enter(room)
    await press(ann.page, "People")
    await expect(ann.page.get_by_role("heading", level=1)).to_contain_text("People in")
    await press(ann.page, bob.name)
    await expect(ann.page.get_by_role("heading", level=1)).to_have_text(bob.name)
    await press(ann.page, "Ban")
    await expect(ann.page.get_by_role("status")).to_have_text(f"{bob.name} is banned.")
    await expect(bob.page.locator("#notice")).to_have_text("This room is not open to you.")
    await expect(bob.page.locator("#composer")).to_be_hidden()
    await press(ann.page, f"Lift the ban on {bob.name}")
    await expect(ann.page.get_by_role("status")).to_have_text(f"{bob.name} is no longer banned.")


async def test_a_copied_link_works_for_people_without_an_account(person, room, browser):
    ann = await person(permissions=["clipboard-read", "clipboard-write"])
    room = await ann.make(room, private=True)
    link = await invite(ann, room)
    await ann.page.get_by_role("button", name="Copy link 1").click()
    await expect(ann.page.locator("#copied")).to_have_text("Link copied.")
    assert await ann.page.evaluate("navigator.clipboard.readText()") == link
    bob = await person()
    await bob.context.clear_cookies()
    bob.name += "2"
    page = bob.page
    await page.goto(link)
    await page.get_by_role("link", name="Sign up").click()
    await page.get_by_label("Username").fill(bob.name)
    await page.locator("#id_password1").fill("correct horse battery")
    await page.locator("#id_password2").fill("correct horse battery")
    await page.get_by_role("button", name="Sign up").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You’re invited")
    await page.get_by_role("button", name="Join").click()
    await expect(page.locator("#state")).to_have_text("Connected", timeout=patience.MILLISECONDS)


async def test_a_deleted_rooms_page_says_so_and_does_not_reconnect(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    await bob.page.evaluate(
        """() => {
          window.sockets = 0;
          window.WebSocket = class { constructor() { window.sockets += 1; } };
        }"""
    )
    await ann.page.goto(f"{ann.page.url}settings/")
    await ann.page.get_by_label("Name of the room").fill(room)
    await ann.page.get_by_role("button", name="Delete room").click()
    await expect(ann.page.get_by_text(f"{room} was deleted.")).to_be_visible()
    await expect(bob.page.locator("#notice")).to_have_text("This room has been deleted.")
    await expect(bob.page.locator("#composer")).to_be_hidden()
    await bob.page.evaluate("dispatchEvent(new Event('online'))")
    assert await bob.page.evaluate("window.sockets") == 0


async def test_after_leaving_a_room_only_a_click_reconnects_the_tab(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    tab = await bob.context.new_page()
    await tab.goto(f"{bob.site.url}/chat/{room}/leave/")
    await tab.get_by_role("button", name="Leave").click()
    await expect(tab.get_by_text(f"You have left {room}.")).to_be_visible()
    notice = bob.page.locator("#notice")
    await expect(notice).to_contain_text("You’ve left this room.")
    await bob.page.evaluate("dispatchEvent(new Event('online'))")
    await expect(notice).to_contain_text("You’ve left this room.")
    await bob.page.get_by_role("button", name="Enter again").click()
    await expect(bob.page.locator("#state")).to_have_text("Connected")
    await bob.write("back again")


async def test_a_logout_in_another_tab_also_removes_the_topic(person, room):
    ann = await person()
    await ann.make(room)
    await ann.page.goto(f"{ann.page.url}settings/")
    await ann.page.get_by_label("Topic").fill("nobody else's business")
    await ann.page.get_by_role("button", name="Save").click()
    await ann.enter(room)
    await expect(ann.page.locator("#topic")).to_be_visible()
    tab = await ann.context.new_page()
    await tab.goto(ann.site.url)
    await tab.get_by_role("button", name="Log out").click()
    await expect(ann.page.get_by_role("link", name="Log in")).to_be_visible()
    await expect(ann.page.get_by_text("nobody else's business")).to_have_count(0)

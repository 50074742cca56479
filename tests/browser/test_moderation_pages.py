"""The `moderation` app's additions: reports, collapsed messages and the queue."""

import pytest
import pytest_asyncio
from chat_site import Site
from looks import SIZES, flaws
from people import PASSWORD, Person
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

MAKE_MODERATOR = """
from django.contrib.auth import get_user_model
get_user_model().objects.create_superuser({name!r}, password={password!r})
"""


def line(person, text):
    return person.page.locator("#log li").filter(has_text=text)


def folded(person):
    return person.page.locator("#log li .muted")


async def choose(person, text, name):
    """Open the menu on somebody else's message and choose from it."""
    await line(person, text).hover()
    await line(person, text).locator(".menu-button").click()
    await person.page.get_by_role("menuitem", name=name).click()


async def two_in(person, room, **options):
    """Ann, who is looking at the page, and Bob, who has written something."""
    ann, bob = await person(**options), await person()
    await bob.make(room)
    await bob.write("buy my books")
    await ann.enter(room)
    return ann, bob


async def every_page(ann, bob, room):
    """Visit the dialog and each of the app's pages, empty, full and with errors."""
    page, url = ann.page, ann.site.url
    await page.goto(f"{url}/mutes/")
    yield "nobody muted"
    await page.goto(f"{url}/chat/{room}/messages/1/report/")
    yield "report"
    await page.get_by_label("What’s wrong with it?").select_option("other")
    await page.get_by_role("button", name="Report").click()
    yield "report with an error"
    await page.get_by_role("button", name=f"Mute {bob.name}").click()
    yield "report with a muted author"
    await page.goto(f"{url}/mutes/")
    yield "muted people"
    await ann.enter(room)
    yield "folded message"
    await folded(ann).locator("summary").click()
    yield "opened message"
    await choose(ann, "buy my books", "Report")
    await expect(page.get_by_role("dialog").get_by_role("button", name="Unmute")).to_be_visible()
    yield "dialog"


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_and_nothing_overflows_on_the_pages(person, room, size):
    ann, bob = await two_in(person, room, viewport=SIZES[size])
    findings = []
    async for name in every_page(ann, bob, room):
        findings += await flaws(ann.page, name)
        if await ann.page.locator("#report-dialog[open]").count():
            dialog = ann.page.locator("#report-dialog")
            assert await dialog.evaluate("(it) => it.scrollWidth <= it.clientWidth")
    assert findings == []


@pytest.mark.parametrize("size", SIZES)
async def test_reporting_and_muting_work_with_the_keyboard_alone(person, room, size):
    ann, bob = await two_in(person, room, viewport=SIZES[size])
    page, keyboard = ann.page, ann.page.keyboard
    button = line(ann, "buy my books").get_by_role("button", name="Report or mute")
    await expect(page.get_by_label("Message", exact=True)).to_be_focused()
    await keyboard.press("Shift+Tab")
    await expect(button).to_be_focused()
    await keyboard.press("Enter")
    await expect(page.get_by_role("menuitem").first).to_be_focused()
    while await page.locator("#mute:focus").count() == 0:
        await keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name=f"Mute {bob.name}")).to_be_focused()
    await keyboard.press("ArrowUp")
    await expect(page.get_by_role("menuitem", name="Report")).to_be_focused()
    await keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Report or mute")
    await expect(dialog.locator("section")).to_be_focused()
    await expect(dialog).to_contain_text("buy my books")
    await keyboard.press("Tab")
    await expect(dialog.get_by_label("What’s wrong with it?")).to_be_focused()
    await keyboard.press("s")
    await keyboard.press("o")
    await expect(dialog.get_by_label("What’s wrong with it?")).to_have_value("other")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(dialog).to_contain_text("Say briefly what’s wrong.")
    await dialog.get_by_label("In a few words").focus()
    await keyboard.type("He does this in every room")
    await keyboard.press("Enter")
    await expect(dialog.get_by_role("status")).to_contain_text("The moderators will look at")
    await keyboard.press("Tab")
    await expect(dialog.get_by_role("button", name=f"Mute {bob.name}")).to_be_focused()
    await keyboard.press("Enter")
    await expect(dialog.get_by_role("status")).to_have_text(f"You’ve muted {bob.name}.")
    await keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(folded(ann)).to_have_count(1)
    await expect(ann.messages).to_be_hidden()
    await folded(ann).locator("summary").focus()
    await keyboard.press("Enter")
    await expect(ann.messages).to_be_visible()


async def test_a_mute_collapses_messages_in_all_of_the_users_tabs_at_once(person, room):
    ann, bob = await two_in(person, room)
    other_room = f"{room}-2"
    await bob.make(other_room)
    await bob.write("flowers")
    tab = Person(ann.site, ann.name, ann.context, await ann.context.new_page())
    await tab.enter(other_room)
    await expect(tab.stored).to_have_text(["flowers"])
    await choose(ann, "buy my books", f"Mute {bob.name}")
    for reader in (ann, tab):
        await expect(folded(reader)).to_have_count(1)
        await expect(folded(reader)).to_contain_text(f"You’ve muted {bob.name}.")
    await expect(ann.page.locator("#muting")).to_have_text(f"You’ve muted {bob.name}.")
    await bob.write("more flowers")
    await expect(folded(tab)).to_have_count(2)
    await expect(tab.page.get_by_text("more flowers")).to_be_hidden()
    await tab.write("are you selling them?")
    await expect(bob.stored).to_have_count(3)
    await expect(folded(bob)).to_have_count(0)
    mutes = await ann.context.new_page()
    await mutes.goto(f"{ann.site.url}/mutes/")
    await mutes.get_by_role("button", name=f"Unmute {bob.name}").click()
    await expect(mutes.get_by_role("status")).to_have_text(f"You’ve unmuted {bob.name}.")
    for reader in (ann, tab):
        await expect(folded(reader)).to_have_count(0)
    await expect(tab.page.get_by_text("more flowers")).to_be_visible()


async def test_the_menu_can_unmute_and_deletions_show_in_collapsed_messages(person, room):
    ann, bob = await two_in(person, room)
    await choose(ann, "buy my books", f"Mute {bob.name}")
    await expect(folded(ann)).to_have_count(1)
    await line(bob, "buy my books").hover()
    await line(bob, "buy my books").get_by_role("button", name="Edit or delete").click()
    await bob.page.get_by_role("menuitem", name="Delete").click()
    await bob.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await bob.write("and my shoes")
    await expect(ann.stored).to_have_text(["Message deleted", "and my shoes"])
    await choose(ann, "and my shoes", f"Unmute {bob.name}")
    await expect(folded(ann)).to_have_count(0)
    await ann.page.reload()
    await expect(folded(ann)).to_have_count(0)


async def test_messages_from_the_history_are_collapsed_as_well(person, room):
    ann, bob = await two_in(person, room)
    ann.site.fill(room, bob.name, [f"book {number}" for number in range(1, 120)])
    await choose(ann, "buy my books", f"Mute {bob.name}")
    await expect(folded(ann).first).to_be_visible()
    await ann.page.goto(f"{ann.site.url}/chat/{room}/?before=121")
    log = ann.page.locator("#log")
    await expect(log.locator("li[data-seq='120'] .muted")).to_have_count(1)
    await log.evaluate("(log) => log.scrollTo(0, 0)")
    await expect(log.locator("li[data-seq='60'] .muted")).to_have_count(1)
    await expect(log.locator("li[data-author]:not(:has(.muted)) p")).to_have_count(0)


async def test_ones_own_messages_have_no_report_in_their_menu(person, room):
    ann, bob = await two_in(person, room)
    await line(bob, "buy my books").hover()
    await line(bob, "buy my books").get_by_role("button", name="Edit or delete").click()
    await expect(bob.page.get_by_role("menuitem", name="Edit")).to_be_visible()
    for name in ("Report", "Mute"):
        await expect(bob.page.get_by_role("menuitem", name=name)).to_have_count(0)
    await ann.write("no, thanks")
    await line(bob, "no, thanks").hover()
    await line(bob, "no, thanks").get_by_role("button", name="Edit or delete").click()
    await expect(bob.page.get_by_role("menuitem", name="Edit")).to_have_count(0)
    for name in ("Delete", "Report", f"Mute {ann.name}"):
        await expect(bob.page.get_by_role("menuitem", name=name)).to_be_visible()


async def test_without_javascript_a_page_reports_and_mutes(person, room):
    bob = await person()
    await bob.make(room)
    await bob.write("buy my books")
    await expect(bob.stored).to_have_text(["buy my books"])
    ann = await person(java_script_enabled=False)
    page = ann.page
    await page.goto(f"{ann.site.url}/chat/{room}/")
    await page.get_by_role("link", name="Report or mute").click()
    await page.get_by_label("What’s wrong with it?").select_option("spam")
    await page.get_by_role("button", name="Report").click()
    await expect(page.get_by_role("status")).to_contain_text("The moderators will look at")
    await page.get_by_role("button", name=f"Mute {bob.name}").click()
    await page.get_by_role("link", name=f"Back to {room}").click()
    await expect(page.get_by_text("buy my books")).to_be_hidden()
    await folded(ann).locator("summary").click()
    await expect(page.get_by_text("buy my books")).to_be_visible()


async def test_without_a_network_the_dialog_and_the_menu_say_so(person, room):
    ann, bob = await two_in(person, room)
    await expect(ann.stored).to_have_text(["buy my books"])
    await ann.page.route("**/messages/1/**", lambda route: route.abort())
    await choose(ann, "buy my books", f"Mute {bob.name}")
    await expect(ann.page.locator("#muting")).to_contain_text("Try again in a moment.")
    await expect(ann.page.locator("#muting")).to_be_visible()
    await expect(folded(ann)).to_have_count(0)
    await choose(ann, "buy my books", "Report")
    await expect(ann.page.get_by_role("alert")).to_contain_text("Try again in a moment.")
    await ann.page.get_by_role("button", name="Close").click()
    await expect(ann.page.get_by_role("dialog")).to_be_hidden()


async def test_a_logout_in_another_tab_empties_the_dialog(person, room):
    ann, _ = await two_in(person, room)
    await choose(ann, "buy my books", "Report")
    dialog = ann.page.locator("#report-dialog")
    await expect(dialog).to_contain_text("buy my books")
    tab = await ann.context.new_page()
    await tab.goto(ann.site.url)
    await tab.get_by_role("button", name="Log out").click()
    await expect(ann.page.locator("#notice")).to_contain_text("You’ve been logged out")
    await expect(dialog).to_be_hidden()
    await expect(ann.page.get_by_text("buy my books")).to_have_count(0)


@pytest_asyncio.fixture(loop_scope="session")
async def watched(tmp_path, browser):
    """A site with the admin, and a way for people to join."""
    site = Site(tmp_path, ENABLE_ADMIN="1")
    site.manage("migrate", "-v0")
    site.manage("shell", "-c", MAKE_MODERATOR.format(name="mod", password=PASSWORD))
    site.start()
    contexts = []

    async def arrive(name):
        context = await browser.new_context()
        contexts.append(context)
        return Person(site, name, context, await context.new_page())

    yield arrive
    for context in contexts:
        await context.close()
    site.kill()
    assert "Traceback" not in site.log.read_text()


async def test_a_moderator_deletes_a_message_and_bans_its_author_in_front_of_everybody(
    watched, room
):
    ann, bob, mod = [await watched(name) for name in ("ann", "bob", "mod")]
    await ann.join()
    await ann.make(room)
    await bob.join()
    await bob.enter(room)
    await bob.write("buy my books")
    await choose(ann, "buy my books", "Report")
    dialog = ann.page.get_by_role("dialog")
    await dialog.get_by_label("What’s wrong with it?").select_option("spam")
    await dialog.get_by_role("button", name="Report").click()
    await expect(dialog.get_by_role("status")).to_contain_text("Thank you.")
    await dialog.get_by_role("button", name="Close").click()
    page = mod.page
    await page.goto(f"{mod.site.url}/accounts/login/?next=/admin/moderation/case/")
    await page.get_by_label("Username").fill("mod")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("row").filter(has_text="buy my books")).to_contain_text("open")
    await page.get_by_role("link", name=f"{room}, message 1").click()
    await page.get_by_role("button", name="Delete the message").click()
    for person in (ann, bob):
        await expect(person.stored).to_have_text(["Message deleted"])
    outcome = page.get_by_role("row").filter(has_text="buy my books")
    await expect(outcome).to_contain_text("message deleted by mod")
    await page.get_by_label("Select this object for an action").check()
    await page.get_by_label("Action:").select_option("ban_author")
    await page.get_by_role("button", name="Go").click()
    await expect(bob.page.locator("#notice")).to_have_text("This room is not open to you.")
    await expect(outcome).to_contain_text("author banned from the room by mod")

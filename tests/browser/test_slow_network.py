"""The add-on apps over slow 3G: 400 kbit/s, with a delay of 400 ms."""

import subprocess
import sys

import pytest
from chat_site import FINAL
from playwright.async_api import expect
from test_moderation_pages import choose
from test_notices_pages import link_to
from test_rooms_pages import invite
from test_search_pages import write_many

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

SLOW_3G = {
    "offline": False,
    "latency": 400,  # ms
    "downloadThroughput": 50_000,  # bytes per second
    "uploadThroughput": 50_000,
}


COUNT_REPORTS = """
from moderation.models import Report
print(Report.objects.filter(reporter__username={name!r}).count())
"""


def reports_by(person):
    command = [sys.executable, "manage.py", "shell", "-v0", "-c"]
    return subprocess.check_output(
        [*command, COUNT_REPORTS.format(name=person.name)],
        cwd=FINAL,
        env=person.site.environment,
        text=True,
    ).strip()


async def slow_down(person):
    """Give this person's page a slow network from now on."""
    session = await person.context.new_cdp_session(person.page)
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", SLOW_3G)
    return person


async def test_a_room_can_be_read_before_its_scripts_load_and_written_in_after(person, room):
    ann, bob = await person(), await slow_down(await person())
    await ann.make(room)
    await ann.write("look at https://example.org/")
    await expect(ann.stored).to_have_count(1)
    await bob.page.goto(ann.page.url, wait_until="commit")
    await expect(bob.messages).to_have_text(["look at https://example.org/"])
    await expect(bob.page.get_by_role("link", name="https://example.org/")).to_be_visible()
    await expect(bob.page.locator("#state")).to_have_text("Connected")
    await bob.write("slowly")
    for one in (ann, bob):
        await expect(one.stored).to_have_text(["look at https://example.org/", "slowly"])


async def test_a_number_and_a_marked_name_arrive_from_another_room(person, room):
    ann, bob = await person(), await person()
    other = f"{room}-2"
    await ann.make(other)
    await bob.enter(other)
    await bob.make(room)
    await slow_down(bob)
    await bob.page.reload()
    await expect(bob.page.locator("#state")).to_have_text("Connected")
    await ann.write(f"@{bob.name} are you there?")
    await expect(link_to(bob.page, other)).to_contain_text("1")
    await bob.enter(other)
    await expect(bob.page.locator("mark")).to_have_text(f"@{bob.name}")


async def test_a_search_leads_to_the_message(person, room):
    ann = await person()
    await ann.make(room)
    await write_many(ann, room)
    await slow_down(ann)
    await ann.page.goto(f"{ann.site.url}/search/?room={room}")
    await ann.page.get_by_label("Search for").fill('"message 50"')
    await ann.page.get_by_role("button", name="Search").click()
    result = ann.page.locator(".results li")
    await expect(result).to_have_count(1)
    await result.get_by_role("link").click()
    await expect(ann.page.locator("#log li[data-seq='50']")).to_be_in_viewport()


async def test_a_double_click_sends_one_report(person, room):
    ann, bob = await person(), await person()
    await bob.make(room)
    await bob.write("buy my books")
    await ann.enter(room)
    await slow_down(ann)
    await choose(ann, "buy my books", "Report")
    dialog = ann.page.get_by_role("dialog")
    await dialog.get_by_label("What’s wrong with it?").select_option("spam")
    await dialog.get_by_role("button", name="Report").dblclick()
    await expect(dialog.get_by_role("status")).to_contain_text("The moderators will look at")
    assert reports_by(ann) == "1"


async def test_an_invitation_clicked_twice_adds_a_member_once(person, room):
    ann, bob = await person(), await slow_down(await person())
    secret = await ann.make(room, private=True)
    await bob.page.goto(await invite(ann, secret))
    await bob.page.get_by_role("button", name="Join").dblclick()
    await expect(bob.page.locator("#state")).to_have_text("Connected")
    await bob.write("I am in")
    await expect(bob.stored).to_have_text(["I am in"])


async def test_others_see_a_new_display_name(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    bob.page = await bob.context.new_page()
    await slow_down(bob)
    await bob.page.goto(f"{bob.site.url}/accounts/")
    await bob.page.get_by_label("Display name").fill("Slow Bob")
    await bob.page.get_by_role("button", name="Save").click()
    await expect(ann.page.locator("#here")).to_contain_text("Slow Bob")

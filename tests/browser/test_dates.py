"""Dates follow the reader's conventions and time zone, or UTC without JavaScript."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

SENT = "2020-11-29T23:30:00+00:00"
EXPECTED = {
    "en-US": ("America/New_York", "Sunday, November 29, 2020", r"6:30\sPM"),
    "en-GB": ("Europe/London", r"Sunday,? 29 November 2020", "23:30"),
    "en-AU": ("Australia/Sydney", r"Monday,? 30 November 2020", r"10:30\sam"),
    "de-DE": ("Europe/Berlin", "Monday, November 30, 2020", "00:30"),
    "ar-EG": ("Africa/Cairo", "Monday, November 30, 2020", r"1:30\sAM"),
}
STORE_TIME = (
    "from chat_app.models import Message; from datetime import datetime;"
    "Message.objects.filter(room__name={!r}).update(at=datetime.fromisoformat({!r}))"
)


@pytest.mark.parametrize("locale", EXPECTED)
async def test_days_and_times_use_the_readers_variant_of_the_language(person, room, site, locale):
    zone, day, time = EXPECTED[locale]
    ann = await person()
    await ann.make(room)
    site.fill(room, ann.name, ["long ago"])
    site.manage("shell", "-c", STORE_TIME.format(room, SENT))
    reader = await person(locale=locale, timezone_id=zone)
    await reader.enter(room)
    log = reader.page.locator("#log")
    await expect(log.get_by_role("heading", name="20")).to_have_text(re.compile(f"^{day}"))
    await expect(log.locator("small time")).to_have_text(re.compile(f"^{time}$"))
    for element in await log.locator("time").all():
        written = await element.get_attribute("datetime")
        assert datetime.fromisoformat(written) == datetime.fromisoformat(SENT)


async def settings_page(person, room, **options):
    """The owner's settings page of a new private room with an invitation."""
    ann = await person(locale="en-GB", timezone_id="Australia/Brisbane", **options)
    owner = ann if options.get("java_script_enabled", True) else await person()
    room = await owner.make(room, private=True)
    if owner is not ann:
        await ann.context.clear_cookies()
        await ann.context.add_cookies(await owner.context.cookies())
    await ann.page.goto(f"{ann.site.url}/chat/{room}/settings/")
    await ann.page.get_by_role("button", name="Create a link").click()
    return ann.page


async def test_an_invitation_says_when_it_ends_in_the_readers_time_zone(person, room):
    page = await settings_page(person, room)
    end = page.locator("small time")
    await expect(end).to_have_text(re.compile(r"^\d+ \w+ \d{4} at \d\d:\d\d$"))
    written = datetime.fromisoformat(await end.get_attribute("datetime"))
    shown = datetime.strptime(await end.text_content(), "%d %B %Y at %H:%M")
    there = written.replace(second=0, microsecond=0, tzinfo=None) + timedelta(hours=10)
    assert shown == there


async def test_without_javascript_an_invitation_ends_at_a_time_in_utc(person, room):
    page = await settings_page(person, room, java_script_enabled=False)
    end = page.locator("small time")
    written = datetime.fromisoformat(await end.get_attribute("datetime"))
    shown = datetime.strptime(await end.text_content(), "%B %d, %Y, %H:%M UTC")
    assert shown == written.replace(second=0, microsecond=0, tzinfo=None)

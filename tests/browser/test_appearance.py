"""The page in every form: full rooms, forced colours, print, touch and dates."""

import json
import re

import pytest
from looks import SIZES
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


def be_the_server(ann, sockets, **changes):
    """Act as a server that welcomes Ann and sends what the test wants."""
    welcome = {"you": ann.name, "head": 0, "seen": 0, "others_seen": 0, "here": [ann.name]}

    async def connect(socket):
        sockets.append(socket)
        socket.send(json.dumps({"type": "welcome", "limits": {}, **welcome, **changes}))

    return connect


def message(seq, at, author="somebody", text="hello"):
    return {"seq": seq, "author": author, "client_id": str(seq), "message": text, "at": at}


@pytest.mark.parametrize("size", SIZES)
async def test_with_60_people_here_the_rooms_and_links_stay_in_view(person, room, size):
    ann = await person(viewport=SIZES[size])
    await ann.make(room)
    names = sorted([ann.name, *(f"somebody-with-a-name-{n:02}" for n in range(49))])
    connect = be_the_server(ann, [], count=60, here=names)
    await ann.page.route_web_socket("**/ws/chat/**", connect)
    await ann.enter(room)
    if size == "phone":
        await ann.page.locator("#count").click()
    side = ann.page.locator("#side")
    await expect(side.get_by_text("and 10 more")).to_be_attached()
    for part in (
        side.get_by_role("heading", name="Here now"),
        side.get_by_role("link", name=room),
        side.get_by_role("link", name="All rooms"),
        side.get_by_role("button", name="Log out"),
    ):
        await expect(part).to_be_in_viewport(ratio=1)
    await side.locator("#here").focus()
    await ann.page.keyboard.press("End")
    await expect(side.get_by_text("and 10 more")).to_be_in_viewport(ratio=1)


async def test_an_open_drawer_closes_when_the_screen_gets_wide(person, room):
    ann = await person(viewport={"width": 820, "height": 1180})
    await ann.make(room)
    await ann.page.locator("#count").click()
    await expect(ann.page.locator("#side:popover-open")).to_have_count(1)
    await ann.page.set_viewport_size({"width": 1180, "height": 820})
    await expect(ann.page.locator("#side:popover-open")).to_have_count(0)
    await expect(ann.page.get_by_label("Message", exact=True)).to_be_visible()
    await ann.page.get_by_label("Message", exact=True).click()


async def test_forced_colours_show_the_edges_of_messages_badges_and_dots(person, room):
    ann = await person(forced_colors="active")
    await ann.make(room)
    await ann.write("with an edge")
    await expect(ann.stored).to_have_count(1)
    edges = await ann.page.evaluate(
        """() => {
          const list = document.querySelector("[data-rooms]");
          list.querySelector("a").insertAdjacentHTML("beforeend", "<b>1</b>");
          const edge = (style) =>
            [style.borderTopStyle, style.borderTopWidth, style.borderTopColor];
          const page = getComputedStyle(document.body).backgroundColor;
          return [
            page,
            edge(getComputedStyle(document.querySelector("#log li"))),
            edge(getComputedStyle(list.querySelector("b"))),
            edge(getComputedStyle(document.getElementById("state"), "::before")),
            edge(getComputedStyle(document.querySelector("#here li"), "::before")),
          ];
        }"""
    )
    page, *edges = edges
    for style, width, colour in edges:
        assert (style, width) == ("solid", "1px") and colour != page


async def test_printing_shows_all_messages_and_nothing_else(person, room, site):
    ann = await person()
    await ann.make(room)
    site.fill(room, ann.name, [f"message {number}" for number in range(1, 41)])
    await ann.enter(room)
    await ann.page.emulate_media(media="print")
    for hidden in ("#side", "#composer", "#state", "#newest"):
        await expect(ann.page.locator(hidden)).to_be_hidden()
    heights = await ann.page.evaluate(
        """() => {
          const log = document.getElementById("log");
          return [log.clientHeight, log.scrollHeight, document.documentElement.scrollHeight];
        }"""
    )
    assert heights[0] == heights[1] and heights[2] >= heights[0] > 1_000


async def test_days_are_headings_with_a_year_and_say_today_and_yesterday(person, room):
    ann = await person(locale="ar-EG", timezone_id="America/New_York")
    await ann.make(room)
    sockets = []
    await ann.page.route_web_socket("**/ws/chat/**", be_the_server(ann, sockets))
    await ann.enter(room)
    now = await ann.page.evaluate(
        """() => [0, 1].map((days) => {
          const date = new Date();
          date.setDate(date.getDate() - days);
          date.setHours(0, 0, 1);
          return date.toJSON();
        })"""
    )
    noon = ["2015-11-29T12:00:00Z", "2020-11-29T12:00:00Z"]
    times = [*noon, "2020-11-29T23:59:00Z", now[1], now[0]]
    messages = [message(seq, at) for seq, at in enumerate(times, 1)]
    sockets[-1].send(json.dumps({"type": "messages", "messages": messages}))
    days = ann.page.locator("#log").get_by_role("heading")
    await expect(days).to_have_text(
        ["Sunday, November 29, 2015", "Sunday, November 29, 2020", "Yesterday", "Today"]
    )
    await expect(ann.page.locator("#log time:not(h2 time)").first).to_have_text(
        re.compile(r"7:00\sAM")
    )
    selected = await days.first.evaluate(
        """(day) => {
          getSelection().selectAllChildren(day);
          return getSelection().toString();
        }"""
    )
    assert selected == "Sunday, November 29, 2015"


async def test_the_servers_day_headings_match_the_scripts(person, room):
    ann = await person(timezone_id="UTC")
    await ann.make(room)
    await ann.write("one")
    await expect(ann.stored).to_have_count(1)
    plain = await (await ann.context.request.get(ann.page.url)).text()
    year = await ann.page.evaluate("new Date().getUTCFullYear()")
    assert f", {year}</time></h2>" in plain
    await ann.enter(room)
    await expect(ann.page.locator("#log").get_by_role("heading")).to_have_text(["Today"])


async def test_long_names_and_several_people_typing_stay_on_their_line(person, room):
    ann = await person(viewport=SIZES["phone"])
    await ann.make(room)
    sockets = []
    await ann.page.route_web_socket("**/ws/chat/**", be_the_server(ann, sockets))
    await ann.enter(room)

    def types(name):
        sockets[-1].send(json.dumps({"type": "typing", "user": name}))

    typing = ann.page.locator("#typing")
    types("n" * 150)
    await expect(typing).to_contain_text("is typing…")
    overlap = await typing.evaluate(
        """(typing) => {
          const range = document.createRange();
          range.selectNodeContents(typing);
          const lines = new Set([...range.getClientRects()].map(({ top }) => top));
          return [lines.size, typing.getBoundingClientRect().bottom
            <= document.getElementById("composer").getBoundingClientRect().top + 1];
        }"""
    )
    assert overlap == [1, True]
    sockets[-1].send(
        json.dumps(
            {"type": "messages", "messages": [message(1, "2020-01-01T00:00:00Z", "n" * 150)]}
        )
    )
    await expect(typing).to_have_text("")
    for name in ("abe", "bea"):
        types(name)
    await expect(typing).to_have_text("abe and bea are typing…")
    for name in ("cem", "dora", "eve"):
        types(name)
    await expect(typing).to_have_text("abe, bea, cem, and 2 others are typing…")


async def test_on_a_phone_the_rooms_name_gets_the_space(person, room):
    ann = await person(viewport=SIZES["phone"])
    name = "the-quick"
    await ann.make(f"{name}-{room[-4:]}")
    whole = await ann.page.get_by_role("heading", level=1).evaluate(
        "(heading) => heading.scrollWidth <= heading.clientWidth"
    )
    assert whole
    await expect(ann.page.get_by_role("status").first).to_have_text("Connected")


async def test_touch_targets_are_large_enough(person, room):
    ann = await person(viewport=SIZES["phone"], has_touch=True, is_mobile=True)
    await ann.make(room, private=True)
    await ann.page.locator("#count").click()
    small = """() => [...document.querySelectorAll("a, button, input:not([type=hidden])")]
      .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 43.5
        && each.type !== "checkbox" && !each.closest("#log, p"))
      .map((each) => [each.textContent.trim() || each.name, each.getBoundingClientRect().height])"""
    assert await ann.page.evaluate(small) == []
    await ann.page.goto(f"{ann.page.url}members/")
    assert await ann.page.evaluate(small) == []
    await ann.page.goto(ann.site.url)
    assert await ann.page.evaluate(small) == []


async def test_room_names_look_like_links_except_for_the_open_room(person, room):
    ann = await person()
    other = await ann.make(f"{room}-2")
    room = await ann.make(room)
    underlined = ("text-decoration-line", "underline")
    side = ann.page.locator("#side .rooms")
    await expect(side.get_by_text(other, exact=True)).to_have_css(*underlined)
    await expect(side.get_by_text(room, exact=True)).not_to_have_css(*underlined)
    await ann.page.goto(ann.site.url)
    for name in (room, other):
        await expect(ann.page.locator("main").get_by_text(name, exact=True)).to_have_css(
            *underlined
        )


async def test_the_time_is_next_to_the_text_even_with_a_long_name(person, room):
    ann = await person()
    await ann.make(room)
    sockets = []
    await ann.page.route_web_socket("**/ws/chat/**", be_the_server(ann, sockets))
    await ann.enter(room)
    line = message(1, "2020-01-01T00:00:00Z", "n" * 50, "hi")
    sockets[-1].send(json.dumps({"type": "messages", "messages": [line]}))
    await expect(ann.messages).to_have_text(["hi"])
    gap = await ann.page.locator("#log li").evaluate(
        """(line) => {
          const range = document.createRange();
          range.selectNodeContents(line.querySelector("p"));
          const time = line.querySelector("small time").getBoundingClientRect();
          return time.left - range.getBoundingClientRect().right;
        }"""
    )
    assert 0 < gap < 20


async def test_a_removed_member_comes_back_with_undo(person, room):
    ann, bob = await person(), await person()
    name = await ann.make(room, private=True)
    await ann.page.goto(f"{ann.page.url}members/")
    await ann.page.get_by_label("Username").fill(bob.name)
    await ann.page.get_by_role("button", name="Add").click()
    await ann.page.get_by_role("button", name=f"Remove {bob.name}").click()
    await expect(ann.page.get_by_role("status")).to_have_text(f"{bob.name} was removed.")
    await ann.page.get_by_role("button", name="Undo").click()
    await expect(ann.page.get_by_role("status")).to_have_text(f"{bob.name} was added.")
    await bob.enter(name)

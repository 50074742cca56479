"""No message is lost or duplicated, as seen on the page."""

import asyncio
import json

import patience
import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def test_going_offline_loses_and_duplicates_nothing(person, room, network):
    ann, bob = await person(), await person()
    await network.stand_between(bob.page)
    await ann.make(room)
    await bob.enter(room)
    await bob.write("before the tunnel")
    await expect(ann.stored).to_have_text(["before the tunnel"])

    await network.go_down()
    await bob.write("in the tunnel")
    await bob.write("still in the tunnel")
    await ann.write("are you there?")
    await ann.write("Bob?")
    await expect(ann.stored).to_have_count(3)
    await expect(bob.page.locator("#waiting [data-state='Sending']")).to_have_count(2)

    network.up = True
    await bob.come_back()
    order = ["before the tunnel", "are you there?", "Bob?", "in the tunnel", "still in the tunnel"]
    for one in (ann, bob):
        await expect(one.stored).to_have_text(order)
        await expect(one.messages).to_have_count(5)


async def test_silent_readers_get_what_they_missed_while_offline(person, room, network):
    ann, bob = await person(), await person()
    await network.stand_between(bob.page)
    await ann.make(room)
    await bob.enter(room)
    await network.go_down()
    await ann.write("are you there?")
    await expect(ann.stored).to_have_count(1)
    network.up = True
    await bob.come_back()
    await expect(bob.stored).to_have_text(["are you there?"])


async def test_a_reader_notices_a_dead_connection_and_gets_missed_messages(person, room, network):
    ann, bob = await person(), await person()
    await network.stand_between(bob.page)
    await ann.make(room)
    await bob.page.clock.install()
    await bob.enter(room)
    is_asked = asyncio.Event()

    def lose_all(frame, to_server):
        if to_server and json.loads(frame)["type"] == "sync":
            is_asked.set()
        return True

    network.loses = lose_all
    await ann.write("are you there?")
    await expect(ann.stored).to_have_text(["are you there?"])
    await bob.page.clock.fast_forward(31_000)
    await asyncio.wait_for(is_asked.wait(), patience.SECONDS)
    network.loses = lambda frame, to_server: False
    await bob.page.clock.fast_forward(11_000)
    await expect(bob.stored).to_have_text(["are you there?"])
    assert len(network.sockets) == 2


async def test_a_server_crash_loses_no_message(person, room, site):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    await ann.write("one")
    await expect(bob.stored).to_have_text(["one"])

    site.kill()
    await ann.write("two")
    await bob.write("three")
    await ann.write("four")
    site.start()
    for one in (ann, bob):
        await one.come_back()
    await expect(ann.stored).to_have_count(4)
    await expect(bob.stored).to_have_text(await ann.stored.all_text_contents())
    texts = await ann.stored.all_text_contents()
    assert sorted(texts) == ["four", "one", "three", "two"]
    assert texts.index("two") < texts.index("four")
    await ann.enter(room)
    await expect(ann.messages).to_have_text(texts)


async def test_a_displaced_tab_continues_after_one_click(person, room):
    ann = await person()
    await ann.make(room)
    first, tabs = ann.page, []
    for _ in range(5):
        ann.page = await ann.context.new_page()
        await ann.enter(room)
        tabs.append(ann.page)
    await expect(first.locator("#state")).to_have_text("Closed")
    for tab in tabs:
        await expect(tab.locator("#state")).to_have_text("Connected")
    await first.evaluate("dispatchEvent(new Event('online'))")
    await first.get_by_role("button", name="Continue here").click()
    await expect(first.locator("#state")).to_have_text("Connected", timeout=patience.MILLISECONDS)
    await expect(first.get_by_role("button", name="Continue here")).to_have_count(0)
    await expect(tabs[0].locator("#state")).to_have_text("Closed")
    ann.page = first
    await ann.write("here again")
    await expect(tabs[4].locator("#log li p[dir]")).to_have_text(["here again"])


async def test_a_page_that_reconnects_counts_as_the_same_tab(person, room):
    ann = await person()
    await ann.make(room)
    urls = []

    async def note(socket):
        urls.append(socket.url)
        await socket.close(code=1001)

    await ann.page.route_web_socket("**/ws/chat/**", note)
    await ann.page.goto(f"{ann.site.url}/chat/{room}/")
    while len(urls) < 3:
        await ann.page.evaluate("dispatchEvent(new Event('online'))")
    await ann.page.reload()
    earlier = set(urls)
    while urls[-1] in earlier:
        await ann.page.evaluate("dispatchEvent(new Event('online'))")
    assert len(earlier) == 1 and "?tab=" in urls[0]


async def test_a_full_room_shows_the_first_names_and_how_many_more(person, room):
    ann = await person()
    await ann.make(room)
    sockets = []

    async def be_the_server(socket):
        sockets.append(socket)
        welcome = {"you": ann.name, "head": 0, "seen": 0, "others_seen": 0}
        here = {"count": 2000, "here": ["aaron", "abby"], "limits": {}}
        socket.send(json.dumps({"type": "welcome", **welcome, **here}))

    await ann.page.route_web_socket("**/ws/chat/**", be_the_server)
    await ann.enter(room)
    names = ann.page.locator("#here li")
    await expect(ann.page.locator("#count")).to_have_text("2000 here")
    await expect(names).to_have_text(["aaron", "abby", "and 1998 more"])
    users = {"abby": False, "abe": True}
    sockets[-1].send(json.dumps({"type": "presence", "count": 2, "users": users}))
    await expect(names).to_have_text(["aaron", "abe"])


async def test_a_gap_is_requested_and_drawn_in_order(person, room):
    ann = await person()
    await ann.make(room)
    asked, sockets = [], []
    stored = {seq: stored_message(seq) for seq in range(1, 8)}

    def answer(socket, frame):
        frame = json.loads(frame)
        if frame["type"] != "sync":
            return
        asked.append(frame["after"])
        page = [stored[seq] for seq in stored if frame["after"] < seq <= frame["after"] + 2]
        upto = page[-1]["seq"] if page else frame["after"]
        socket.send(
            json.dumps({"type": "synced", "messages": page, "upto": upto, "more": upto < 7})
        )

    async def be_the_server(socket):
        sockets.append(socket)
        socket.on_message(lambda frame: answer(socket, frame))
        welcome = {"you": ann.name, "head": 0, "seen": 0, "others_seen": 0}
        here = {"count": 1, "here": [ann.name]}
        limits = {"message": 4000, "sync": 2}
        socket.send(json.dumps({"type": "welcome", **welcome, **here, "limits": limits}))

    await ann.page.route_web_socket("**/ws/chat/**", be_the_server)
    await ann.enter(room)

    def push(*seqs):
        messages = [stored[seq] for seq in seqs]
        sockets[-1].send(json.dumps({"type": "messages", "messages": messages}))

    for seqs in ([1], [1, 2], [2]):
        push(*seqs)
    await expect(ann.messages).to_have_text(["message 1", "message 2"])
    assert asked == []
    push(5)
    await expect(ann.messages).to_have_text([f"message {seq}" for seq in range(1, 8)])
    assert asked[0] == 2
    stored[8] = stored_message(8)
    sockets[-1].send(json.dumps({"type": "behind", "head": 8}))
    await expect(ann.messages).to_have_text([f"message {seq}" for seq in range(1, 9)])


def stored_message(seq):
    return {
        "seq": seq,
        "author": "somebody",
        "client_id": f"00000000-0000-4000-8000-{seq:012}",
        "message": f"message {seq}",
        "at": "2026-11-23T12:00:00.000000Z",
    }


async def test_a_paused_page_does_not_reconnect_when_its_tab_is_shown(person, room, network):
    ann = await person()
    await network.stand_between(ann.page)
    await ann.make(room)
    await ann.page.clock.install()
    await network.sockets[-1].close(code=4429, reason="too many refusals")
    await expect(ann.page.locator("#state")).to_have_text("Paused")
    await ann.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await ann.page.clock.fast_forward(59_000)
    assert len(network.sockets) == 1
    await expect(ann.page.locator("#state")).to_have_text("Paused")
    await ann.page.clock.fast_forward(2_000)
    await expect(ann.page.locator("#state")).to_have_text("Connected")

"""Nothing is lost and nothing doubled, seen from the page."""

import json

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_was_offline_misses_nothing_and_doubles_nothing(person, room, network):
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


async def test_who_was_offline_and_says_nothing_gets_what_was_said(person, room, network):
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


async def test_a_server_that_dies_and_comes_back_costs_nobody_a_message(person, room, site):
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


async def test_a_gap_is_asked_for_and_drawn_in_order(person, room):
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
        welcome = {"you": ann.name, "head": 0, "seen": 0, "others_seen": 0, "here": [ann.name]}
        limits = {"message": 4000, "sync": 2}
        socket.send(json.dumps({"type": "welcome", **welcome, "limits": limits}))

    await ann.page.route_web_socket("**/ws/**", be_the_server)
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

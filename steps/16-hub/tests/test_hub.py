import asyncio
import json
import uuid

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from conftest import frame_with
from django.apps import apps
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisIsAway
from test_delivery import in_time, is_acknowledged, next_of
from test_presence import change_settings
from test_rights import ends, speaks

NAMES = ["Ann", "Bob", "Cem", "Dora"]


def note_groups(monkeypatch):
    """Record the layer's calls from now on, in two lists: channels joining, channels leaving."""
    layer = get_channel_layer()
    added, discarded = [], []
    group_add, group_discard = layer.group_add, layer.group_discard

    async def noted_group_add(group, channel):
        added.append((group, channel))
        await group_add(group, channel)

    async def noted_group_discard(group, channel):
        discarded.append((group, channel))
        await group_discard(group, channel)

    monkeypatch.setattr(layer, "group_add", noted_group_add)
    monkeypatch.setattr(layer, "group_discard", noted_group_discard)
    return added, discarded


@database_sync_to_async
def store_unnoticed(room, text):
    """Store a message from Ann as another process would, whose event is lost."""
    found = apps.get_model("chat_app", "Room").objects.get(name=room)
    found.head += 1
    found.save()
    author = apps.get_model("chat_app", "User").objects.get(username="Ann")
    fields = {"client_id": uuid.uuid4(), "text": text, "at": timezone.now()}
    messages = apps.get_model("chat_app", "Message").objects
    messages.create(room=found, seq=found.head, author=author, **fields)


def never_read(application):
    """Serve a client that never reads a frame, so that sending one to it takes forever."""

    async def serve(scope, receive, send):
        async def send_to_full_buffer(event):
            if event["type"] == "websocket.send":
                await asyncio.Event().wait()
            await send(event)

        await application(scope, receive, send_to_full_buffer)

    return serve


async def hears_in_order(visitor, texts):
    """Check that a visitor is sent these messages in this order, without asking for them."""
    heard, complaint = [], f"{visitor.name} did not receive {texts} within a few seconds"

    async def listen():
        while len(heard) < len(texts):
            frame = await next_of(visitor, "messages")
            heard.extend(message["message"] for message in frame.get("messages", []))

    await in_time(listen(), complaint)
    assert heard == texts, f"{visitor.name} received {heard}, not {texts}"


async def test_a_process_subscribes_once_to_a_room(enter, room, monkeypatch):
    added, _ = note_groups(monkeypatch)
    sockets = [await enter(room, name=name) for name in NAMES]
    for socket in sockets:
        await speaks(socket)
    assert len(added) == 1, f"four sockets of one room called group_add {len(added)} times"


async def test_the_subscription_ends_with_the_last_socket(enter, room, monkeypatch):
    first = await enter(f"{room}-2")
    await first.leave()
    added, discarded = note_groups(monkeypatch)
    before = asyncio.all_tasks()
    sockets = [await enter(room, name=name) for name in NAMES]
    for socket in sockets[:-1]:
        await socket.leave()
    await speaks(sockets[-1])
    assert discarded == [], "one of four sockets was closed, but the room's subscription ended"
    await sockets[-1].leave()
    assert discarded == added, "the last socket was closed, but the room's subscription goes on"
    left = {task for task in asyncio.all_tasks() - before if not task.done()}
    names = [task.get_coro().__qualname__ for task in left]
    assert not left, f"the last socket was closed, but these are still running: {names}"
    again = await enter(room, name=NAMES[0])
    await again.say("is anybody there?")
    await again.hears("is anybody there?")


async def test_a_message_is_encoded_once_for_all_sockets(enter, room, monkeypatch):
    sockets, encoded = [await enter(room, name=name) for name in NAMES], []
    dumps = json.dumps

    def noted_dumps(value, *args, **options):
        text = dumps(value, *args, **options)
        encoded.extend([text] * ("for all of you" in text and '"client_id"' in text))
        return text

    frame = frame_with("for all of you")
    await sockets[0].send_to(text_data=json.dumps(frame))
    monkeypatch.setattr(json, "dumps", noted_dumps)
    for socket in sockets:
        await hears_in_order(socket, ["for all of you"])
    assert len(encoded) <= 2, f"for four sockets, one message was encoded {len(encoded)} times"


async def test_a_message_that_the_layer_loses_is_read_for_everybody(enter, room, monkeypatch):
    ann, bob = await enter(room), await enter(room)
    await speaks(ann)
    await hears_in_order(bob, ["still here"])
    await store_unnoticed(room, "the lost one")
    await ann.send_json_to(frame_with("the next one"))
    await hears_in_order(bob, ["the lost one", "the next one"])


async def test_a_lost_last_message_comes_with_the_heartbeat(enter, room, settings):
    change_settings(settings, BEAT_SECONDS=0.2)
    ann = await enter(room)
    await store_unnoticed(room, "the very last")
    await hears_in_order(ann, ["the very last"])


async def test_people_in_one_process_talk_while_the_layer_is_away(enter, room, monkeypatch):
    async def no_group_send(group, event):
        raise RedisIsAway("Redis is down")

    ann, bob = await enter(room), await enter(room)
    monkeypatch.setattr(get_channel_layer(), "group_send", no_group_send)
    for text in ("one", "two"):
        frame = frame_with(text)
        await ann.send_json_to(frame)
        await is_acknowledged(ann, frame["client_id"])
    await hears_in_order(bob, ["one", "two"])


async def test_a_subscription_that_breaks_is_made_again(enter, room, monkeypatch):
    layer, broken = get_channel_layer(), asyncio.Event()
    receive = layer.receive

    async def receive_until_broken(channel):
        receiving = asyncio.ensure_future(receive(channel))
        breaking = asyncio.ensure_future(broken.wait())
        await asyncio.wait([receiving, breaking], return_when=asyncio.FIRST_COMPLETED)
        breaking.cancel()
        if not broken.is_set():
            return await receiving
        receiving.cancel()
        raise RedisIsAway("the connection is lost")

    monkeypatch.setattr(layer, "receive", receive_until_broken)
    ann, bob = await enter(room), await enter(room)
    await speaks(ann)
    await hears_in_order(bob, ["still here"])
    joined, group_add = asyncio.Event(), layer.group_add

    async def noted_group_add(group, channel):
        await group_add(group, channel)
        joined.set()

    monkeypatch.setattr(layer, "group_add", noted_group_add)
    broken.set()
    await store_unnoticed(room, "in between")
    monkeypatch.setattr(layer, "receive", receive)
    await in_time(joined.wait(), "the hub does not subscribe again")
    await hears_in_order(bob, ["in between"])
    await speaks(ann)
    await hears_in_order(bob, ["still here"])


async def test_whoever_reads_too_slowly_loses_the_socket_and_holds_up_nobody(
    enter, visit, settings, room, eve
):
    change_settings(settings, UNSENT_FRAMES=20, MESSAGE_BURST=1000)
    author, bob = await enter(room, name=eve), visit(room, name="Bob")
    bob.application = never_read(bob.application)
    assert await bob.try_to_connect(), "Bob's socket was refused"
    cem = await enter(room, name="Cem")
    texts = [f"number {number}." for number in range(60)]
    for text in texts:
        frame = frame_with(text)
        await author.send_json_to(frame)
        await is_acknowledged(author, frame["client_id"])
        await hears_in_order(cem, [text])
    code = await ends(bob, "Bob reads nothing while 60 frames wait for him, and 20 may")
    assert code == 4408, f"a socket that reads too slowly was closed with {code}"
    await speaks(author)

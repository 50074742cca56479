async def test_the_server_prints_who_opens_which_socket(enter, room, capsys):
    await enter(room, name="Bob")
    assert f"Bob opens /ws/chat/{room}/\n" in capsys.readouterr().out


async def test_a_stranger_is_printed_too_and_still_closed(visit, room, capsys):
    stranger = visit(room, name="Stranger")
    assert await stranger.try_to_connect()
    assert await stranger.is_closed() == 4401
    assert f"AnonymousUser opens /ws/chat/{room}/\n" in capsys.readouterr().out


async def test_a_message_still_reaches_everybody(enter, room):
    ann, bob = await enter(room), await enter(room)
    await ann.say("hello")
    await bob.hears("hello")

async def test_everybody_but_the_sender_sees_a_wave(enter, room):
    ann, bob, cem = await enter(room), await enter(room), await enter(room)
    await ann.say("/wave")
    await bob.hears("Somebody waves")
    await cem.hears("Somebody waves")
    assert await ann.receive_nothing()


async def test_a_wave_stays_in_its_room(enter, room):
    ann, bob = await enter(room), await enter(f"{room}-2")
    await ann.say("/wave")
    await ann.say("hello")
    await ann.hears("hello")
    assert await bob.receive_nothing()

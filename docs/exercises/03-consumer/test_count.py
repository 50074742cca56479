async def test_whoever_asks_is_told_how_many_are_here_and_nobody_else_hears_it(enter, room):
    ann, bob = await enter(room), await enter(room)
    await ann.say("/count")
    await ann.hears("2 here")
    assert await bob.receive_nothing()


async def test_whoever_leaves_is_not_counted_any_more(enter, room):
    ann, bob = await enter(room), await enter(room)
    await bob.leave()
    await ann.say("/count")
    await ann.hears("1 here")

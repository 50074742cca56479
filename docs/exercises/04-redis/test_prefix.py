from channels_redis.core import RedisChannelLayer


async def test_another_project_on_the_same_redis_hears_nothing(redis, settings):
    mine = settings.CHANNEL_LAYERS["default"]["CONFIG"]
    theirs = {name: value for name, value in mine.items() if name != "prefix"}
    one, other = RedisChannelLayer(**mine), RedisChannelLayer(**theirs)
    assert one.prefix != other.prefix
    assert one._group_key("lobby") != other._group_key("lobby")
    channel = await other.new_channel()
    await other.group_add("lobby", channel)
    await one.group_send("lobby", {"type": "chat.message"})
    await other.group_send("lobby", {"type": "chat.end"})
    assert (await other.receive(channel))["type"] == "chat.end"
